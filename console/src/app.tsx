import { lazy, Suspense, useEffect, useState } from 'react'
import { buttonClass } from './design/button.tsx'
import { EmptyState, LoadingState, Skeleton } from './design/states.tsx'
import { GatewayContext } from './gateway/use-gateway.ts'
import { Link } from './route/link.tsx'
import { type Page, pathOf } from './route/route.ts'
import { usePage } from './route/use-route.ts'
import BoardScreen from './screens/board/board-screen.tsx'
import { openSession, type Session } from './session/session.ts'
import { SessionContext } from './session/use-session.ts'
import { Entrance } from './shell/entrance.tsx'
import { Screen } from './shell/screen.tsx'
import { ScreenBoundary } from './shell/screen-boundary.tsx'
import { Shell } from './shell/shell.tsx'

const load = {
  botAgent: () => import('./screens/bot-agent/bot-agent-screen.tsx'),
  deliveries: () => import('./screens/deliveries/deliveries-screen.tsx'),
  trouble: () => import('./screens/trouble/trouble-screen.tsx'),
  try: () => import('./screens/try/try-screen.tsx'),
}
const BotAgentScreen = lazy(load.botAgent)
const DeliveriesScreen = lazy(load.deliveries)
const TroubleScreen = lazy(load.trouble)
const TryScreen = lazy(load.try)

/** The other screens, while the first one is looked at: then they open at once, and without a network. */
function loadScreens(): void {
  for (const screen of Object.values(load)) screen().catch(() => {})
}

export function App() {
  const [session, setSession] = useState<Session>({ state: 'opening' })
  useEffect(() => {
    openSession(setSession)
    const timer = setTimeout(loadScreens, 1_000)
    return () => clearTimeout(timer)
  }, [])
  const retry = () => {
    setSession({ state: 'opening' })
    openSession(setSession)
  }

  if (session.state !== 'open') return <Entrance session={session} onRetry={retry} />
  return (
    <SessionContext value={session}>
      <GatewayContext value={session.gateway}>
        <Shell>
          <CurrentScreen />
        </Shell>
      </GatewayContext>
    </SessionContext>
  )
}

function CurrentScreen() {
  const page = usePage()
  return (
    // With a key, one that fails does so alone: the next screen is shown.
    <ScreenBoundary key={JSON.stringify(page)}>
      <Suspense fallback={<LoadingScreen />}>{screenOf(page)}</Suspense>
    </ScreenBoundary>
  )
}

function LoadingScreen() {
  return (
    <LoadingState label="Loading the screen">
      <Skeleton height="30rem" />
    </LoadingState>
  )
}

function screenOf(page: Page) {
  switch (page.screen) {
    case 'board':
      return <BoardScreen />
    case 'new-bot-agent':
      return <BotAgentScreen id={undefined} />
    case 'bot-agent':
      return <BotAgentScreen id={page.id} />
    case 'deliveries':
      return <DeliveriesScreen />
    case 'trouble':
      return <TroubleScreen />
    case 'try':
      return <TryScreen />
    case 'unknown':
      return (
        <Screen title="Not found">
          <EmptyState
            icon="search"
            title="There is no such page"
            actions={
              <Link className={buttonClass({})} to={pathOf({ screen: 'board' })}>
                All bots
              </Link>
            }
          />
        </Screen>
      )
  }
}

import { lazy, Suspense, useEffect, useState } from 'react'
import { GatewayContext } from './gateway/use-gateway.ts'
import type { Page } from './route/route.ts'
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
          <Screens />
        </Shell>
      </GatewayContext>
    </SessionContext>
  )
}

function Screens() {
  const page = usePage()
  return (
    // The next screen may be fine.
    <ScreenBoundary key={JSON.stringify(page)}>
      <Suspense>
        <CurrentScreen page={page} />
      </Suspense>
    </ScreenBoundary>
  )
}

function CurrentScreen({ page }: { page: Page }) {
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
      return <Screen title="Not found">There is nothing here.</Screen>
  }
}

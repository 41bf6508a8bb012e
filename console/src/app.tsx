import { lazy, Suspense, useEffect, useState } from 'react'
import { GatewayContext } from './gateway/use-gateway.ts'
import { usePage } from './route/use-route.ts'
import BoardScreen from './screens/board/board-screen.tsx'
import { openSession, type Session } from './session/session.ts'
import { SessionContext } from './session/use-session.ts'
import { Entrance } from './shell/entrance.tsx'
import { Screen } from './shell/screen.tsx'
import { Shell } from './shell/shell.tsx'

const BotAgentScreen = lazy(() => import('./screens/bot-agent/bot-agent-screen.tsx'))
const DeliveriesScreen = lazy(() => import('./screens/deliveries/deliveries-screen.tsx'))
const TroubleScreen = lazy(() => import('./screens/trouble/trouble-screen.tsx'))
const TryScreen = lazy(() => import('./screens/try/try-screen.tsx'))

export function App() {
  const [session, setSession] = useState<Session>({ state: 'opening' })
  useEffect(() => {
    openSession(setSession)
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
          <Suspense>
            <CurrentScreen />
          </Suspense>
        </Shell>
      </GatewayContext>
    </SessionContext>
  )
}

function CurrentScreen() {
  const page = usePage()
  switch (page.screen) {
    case 'board':
      return <BoardScreen />
    case 'new-bot-agent':
      return <BotAgentScreen key="new" id={undefined} />
    case 'bot-agent':
      return <BotAgentScreen key={page.id} id={page.id} />
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

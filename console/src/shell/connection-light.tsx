import { useEffect, useState } from 'react'
import { announce } from '../design/announcer.tsx'
import { Badge, type Tone } from '../design/badge.tsx'
import type { Connection } from '../gateway/connection.ts'
import { useConnection } from '../gateway/use-gateway.ts'
import { useSession } from '../session/use-session.ts'
import styles from './connection-light.module.css'

/** A gap that is this short is not worth a word. */
const SHORT = 800

/** How the live streams fare. */
export function ConnectionLight() {
  const connection = useConnection()
  const { ended } = useSession()
  const [shown, setShown] = useState(connection)

  useEffect(() => {
    if (connection.state !== 'reconnecting') return setShown(connection)
    const timer = setTimeout(() => setShown(connection), SHORT)
    return () => clearTimeout(timer)
  }, [connection])

  const said = wordsFor(shown)
  useEffect(() => {
    if (shown.state === 'reconnecting' || shown.state === 'offline') announce(wordsFor(shown)?.text ?? '')
    if (shown.state === 'live' && shown.caughtUp !== undefined) announce(wordsFor(shown)?.text ?? '')
  }, [shown])

  // Nothing is followed without a token, even if a socket is still open.
  if (ended) return null
  return (
    <span className={styles.place} data-connection={shown.state} title={said?.detail}>
      {said && (
        <Badge tone={said.tone} dot>
          {said.text}
        </Badge>
      )}
    </span>
  )
}

function wordsFor(connection: Connection): { tone: Tone; text: string; detail: string } | undefined {
  switch (connection.state) {
    case 'idle':
      return undefined
    case 'connecting':
      return { tone: 'off', text: 'Connecting', detail: 'The live stream is being opened.' }
    case 'live':
      return connection.caughtUp
        ? {
            tone: 'ok',
            text: `Live, caught up ${connection.caughtUp}`,
            detail: `After an interruption, ${connection.caughtUp} events that had been missed arrived.`,
          }
        : { tone: 'ok', text: 'Live', detail: 'Changes appear here as they happen.' }
    case 'reconnecting':
      return { tone: 'waiting', text: 'Reconnecting', detail: connection.reason }
    case 'offline':
      return { tone: 'trouble', text: 'Offline', detail: 'There is no network. Changes will be caught up.' }
  }
}

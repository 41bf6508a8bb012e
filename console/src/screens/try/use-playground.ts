import { useRef, useState } from 'react'
import { asGatewayError, useGateway } from '../../gateway/use-gateway.ts'
import { type Conversation, newConversation, type Source, type Writer } from './conversation.ts'
import type { TriedDelivery } from './delivery-card.tsx'
import { type Action, newIdempotencyKey } from './event-input.ts'
import { type PublishChatEventInput, PublishEvent } from './try.operations.ts'
import { useDeliveries } from './use-deliveries.ts'

/** Something that happened in the chat. */
export interface Line {
  readonly key: string
  /** Absent: nobody wrote it. */
  readonly writer?: Writer
  readonly text: string
  readonly action: Action
  /** Once it is published. */
  readonly eventId?: string
  readonly matched?: number
}

export interface Playground {
  readonly lines: readonly Line[]
  readonly state: 'new' | 'open' | 'closed'
  /** The webhooks that the chat has caused, the newest first. */
  readonly deliveries: readonly TriedDelivery[]
  readonly failure: string | undefined
  /** The first message starts the chat. */
  write(writer: Writer, text: string, source: Source): void
  join(): void
  tag(tag: string): void
  close(): void
  restart(): void
}

export function usePlayground(): Playground {
  const gateway = useGateway()
  const [conversation, setConversation] = useState<Conversation | undefined>()
  const [lines, setLines] = useState<readonly Line[]>([])
  const [closed, setClosed] = useState(false)
  const [failure, setFailure] = useState<string | undefined>()
  const [since, setSince] = useState<string | undefined>()
  /** Events are published one after the other: bots are to hear them in the order in which they are written. */
  const last = useRef(Promise.resolve())

  const deliveries = useDeliveries(
    conversation && since ? { filter: { chatId: conversation.chatId }, after: since } : undefined,
  )

  const publish = (event: PublishChatEventInput, said: Pick<Line, 'text' | 'writer'>) => {
    const key = newIdempotencyKey()
    setFailure(undefined)
    setLines((lines) => [...lines, { key, ...said, action: event.action }])
    last.current = last.current.then(async () => {
      try {
        const { publishChatEvent } = await gateway.run(PublishEvent, { input: { ...event, idempotencyKey: key } })
        const { chatEvent, matched, cursor, userErrors } = publishChatEvent
        const [error] = userErrors
        if (error) return setFailure(error.message)
        setSince((since) => since ?? cursor ?? undefined)
        setLines((lines) =>
          lines.map((line) => (line.key === key && chatEvent ? { ...line, eventId: chatEvent.id, matched } : line)),
        )
      } catch (error) {
        setFailure(asGatewayError(error).message)
      }
    })
  }

  return {
    lines,
    state: closed ? 'closed' : conversation ? 'open' : 'new',
    deliveries,
    failure,
    write(writer, text, source) {
      if (conversation) return publish(conversation.message(writer, text), { writer, text })
      const started = newConversation(source)
      setConversation(started)
      publish(started.start(text), { writer, text })
    },
    join() {
      if (conversation) publish(conversation.join(), { text: 'Tom joined' })
    },
    tag(tag) {
      if (conversation) publish(conversation.tag(tag), { text: `Tom tagged the thread “${tag}”` })
    },
    close() {
      if (!conversation) return
      publish(conversation.close(), { text: 'Tom closed the thread' })
      setClosed(true)
    },
    restart() {
      setConversation(undefined)
      setLines([])
      setClosed(false)
      setSince(undefined)
      setFailure(undefined)
    },
  }
}

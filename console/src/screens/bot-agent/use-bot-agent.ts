import { useState } from 'react'
import type { GatewayError } from '../../gateway/gateway-error.ts'
import { useQuery, useStream } from '../../gateway/use-gateway.ts'
import { useSession } from '../../session/use-session.ts'
import { BotAgentChanges, BotAgentWithCatalogue } from './draft/bot-agent.operations.ts'
import type { Catalogue } from './draft/catalogue.ts'
import type { BotAgent } from './draft/draft.ts'

export interface LiveBotAgent {
  /** As it is now. Null: there is none that the caller may see. */
  readonly bot: BotAgent | null | undefined
  /** It was there, and has been removed meanwhile. */
  readonly removed: boolean
  readonly catalogue: Catalogue
  readonly error: GatewayError | undefined
  readonly reload: () => void
  /** Takes the answer of a mutation, which may be here before the stream tells of it. */
  readonly take: (bot: BotAgent) => void
}

/** A bot, which changes here when it changes at the gateway. */
export function useBotAgent(id: string): LiveBotAgent {
  const { clientId } = useSession().viewer
  const { data, error, reload } = useQuery(BotAgentWithCatalogue, { id })
  /** Why it is not followed any more. */
  const [ended, setEnded] = useState<{ data: typeof data; error: GatewayError } | undefined>()
  const [streamed, setStreamed] = useState<BotAgent | undefined>()
  const [removed, setRemoved] = useState(false)
  const read = data?.botAgent
  const bot = later(read, streamed)

  const all = read ? read.application.clientId !== clientId : false
  useStream(BotAgentChanges, read ? { ids: [id], all, after: data?.cursor } : undefined, {
    next: ({ botAgentChanged: { kind, botAgent } }) => {
      if (kind === 'REMOVED') setRemoved(true)
      // Null, too, once it has been removed: that event follows.
      else if (botAgent) setStreamed(botAgent)
    },
    ended: (error) => {
      if (error.code === 'CURSOR_EXPIRED') reload()
      else setEnded({ data, error })
    },
  })

  return {
    bot,
    removed,
    catalogue: data?.webhookActions ?? [],
    // What was read since is followed again.
    error: error ?? (ended?.data === data ? ended?.error : undefined),
    reload,
    take: setStreamed,
  }
}

function later(read: BotAgent | null | undefined, streamed: BotAgent | undefined): BotAgent | null | undefined {
  return read && streamed && streamed.updatedAt >= read.updatedAt ? streamed : read
}

import { newId } from '../contract/identifier.ts'
import { obey } from '../contract/user-error.ts'
import type { Database, Transaction } from '../database/database.ts'
import type { Feed } from '../feed/feed.ts'
import type { Viewer } from '../identity/viewer.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'
import { additionalDataOf } from './additional-data.ts'
import { type ChatContext, type ChatProperties, publishChatEventRules, writtenData } from './chat-event.ts'
import { type ChatEvent, insertChatEvent, insertChatEvents, type NewDelivery, takeKey } from './chat-event-store.ts'
import { listeners } from './listeners.ts'
import { type MatchedEvent, matches } from './matching.ts'

/** What happens in chats and to bot agents, on its way to the bot agents that listen. */
export type ChatEvents = ReturnType<typeof chatEventService>

type NewEvent = Pick<ChatEvent, 'id' | 'licenseId' | 'clientId' | 'data'> &
  Omit<MatchedEvent, 'chat'> & {
    chat: ChatContext | null
    /** The bot agent that it is about, which is not told of itself. */
    except?: string
    /** The application whose bot agents alone are told. */
    only?: string | undefined
  }

/** The properties of a chat as one application may read them, and whether some of them are hidden from others. */
export interface ReadableProperties {
  readonly properties: ChatProperties
  readonly hidden: boolean
}

export function chatEventService(options: {
  database: Database
  feed: Feed
  onDue: () => void
  /** What is stored for a chat, as each application may read it, for an event that does not tell its properties. */
  chatProperties: (
    transaction: Transaction,
    licenseId: number,
    chatId: string,
  ) => Promise<(clientId: string) => ReadableProperties>
}) {
  const { database, feed, onDue, chatProperties } = options
  const listening = listeners()

  /** The event with all its deliveries, in the transaction of what has happened. */
  async function record(transaction: Transaction, event: NewEvent): Promise<ChatEvent> {
    const { id, licenseId, clientId, action, data } = event
    const told = (await listening.find(transaction, licenseId, action)).filter(
      ({ botAgentId, clientId }) => botAgentId !== event.except && clientId === (event.only ?? clientId),
    )
    const chatAsSeenBy = told.length > 0 ? await chatSeen(transaction, event) : () => unknownChat
    const deliveries: NewDelivery[] = []
    for await (const { botAgentId, clientId, subscription } of listening.subscriptions(transaction, action, told)) {
      const { chat, hidden } = chatAsSeenBy(clientId)
      if (!matches(subscription, { ...event, chat }, { clientId })) continue
      const carriesHidden = hidden && subscription.additionalData.includes('CHAT_PROPERTIES')
      deliveries.push({
        id: newId('dlv_'),
        botAgentId,
        additionalData: JSON.stringify(additionalDataOf(subscription, { chat })),
        confidential: event.only !== undefined || carriesHidden,
      })
    }
    const matched = deliveries.length
    const onlyClientId = event.only ?? null
    return insertChatEvent(transaction, { id, licenseId, clientId, action, data, matched, onlyClientId }, deliveries)
  }

  /** The chat as each application may know it: what is reported of it may be known to all. */
  async function chatSeen(transaction: Transaction, { licenseId, chat }: NewEvent) {
    if (!chat) return () => unknownChat
    const { properties } = chat
    const readBy = properties
      ? () => ({ properties, hidden: false })
      : await chatProperties(transaction, licenseId, chat.id)
    return (clientId: string) => {
      const { properties, hidden } = readBy(clientId)
      return { chat: { ...chat, properties }, hidden }
    }
  }

  return {
    /**
     * Takes in what the chat platform reports: the event and all its deliveries are one commit.
     * @param input in the form of publishChatEventRules
     * @param written its `data` as the caller wrote it: JSON as text
     * @throws UserErrors VALIDATION
     */
    async publish({ licenseId, clientId }: Viewer, input: object, written: string): Promise<ChatEvent> {
      const { idempotencyKey, data: parsed, chat, ...event } = obey(publishChatEventRules, input)
      const data = writtenData(written, parsed)
      const id = newId('evt_')
      const reported = { ...event, id, licenseId, clientId, data, chat }
      // What is kept of an event is one statement: only a key makes a transaction of it.
      const published = await (idempotencyKey
        ? database.$transaction(async (transaction) => {
            const first = await takeKey(transaction, { licenseId, clientId, key: idempotencyKey }, id)
            return first ?? record(transaction, reported)
          })
        : record(database, reported))
      feed.hint()
      onDue()
      return published
    },

    /**
     * Raises an event of the gateway's own, in the transaction of the change and after it; `hint` when it has committed.
     * @param event.clientId the application that made the change, or that the bot agent is of
     * @param event.chat left out: it is of no chat, or of one that is not known
     * @param event.only the application whose bot agents alone are told; left out: all of the license
     * @param event.except the bot agent that it is about, which is not told of itself
     */
    async raise(
      transaction: Transaction,
      event: {
        licenseId: number
        clientId: string
        action: WebhookAction
        data: object
        chat?: { id: string; threadId: string | null }
        except?: string
        only?: string | undefined
      },
    ): Promise<void> {
      const chat = event.chat ? { ...event.chat, properties: null, agentIds: [], groupIds: null } : null
      const data = JSON.stringify(event.data)
      await record(transaction, { ...event, id: newId('evt_'), data, authorType: null, chat })
    },

    /** The same for many bot agents of any license at once, in two statements for each license. */
    async raiseAll(
      transaction: Transaction,
      action: 'AGENT_STATUS_CHANGED',
      raised: readonly { licenseId: number; clientId: string; data: object; except: string }[],
    ): Promise<void> {
      for (const [licenseId, events] of Map.groupBy(raised, ({ licenseId }) => licenseId)) {
        const told: string[] = []
        const all = await listening.find(transaction, licenseId, action)
        for await (const { botAgentId, clientId, subscription } of listening.subscriptions(transaction, action, all)) {
          if (matches(subscription, { action, authorType: null, chat: null }, { clientId })) told.push(botAgentId)
        }
        const recorded = events.map((event) => ({ ...event, id: newId('evt_') }))
        const deliveries = recorded.flatMap(({ id: chatEventId, except }) =>
          told
            .filter((botAgentId) => botAgentId !== except)
            .map((botAgentId) => ({
              id: newId('dlv_'),
              botAgentId,
              additionalData: '{}',
              confidential: false,
              chatEventId,
            })),
        )
        const matched = Map.groupBy(deliveries, ({ chatEventId }) => chatEventId)
        const rows = recorded.map(({ id, clientId, data }) => ({
          id,
          licenseId,
          clientId,
          data: JSON.stringify(data),
          matched: matched.get(id)?.length ?? 0,
        }))
        await insertChatEvents(transaction, action, rows, deliveries)
      }
    },

    hint: onDue,
  }
}

/** Nothing is known of the chat, or there is none. */
const unknownChat = { chat: null, hidden: false } as const

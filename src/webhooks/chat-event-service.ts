import type { Database, Transaction } from '../database/database.ts'
import type { Feed } from '../feed/feed.ts'
import { newId } from '../identifier.ts'
import type { Viewer } from '../identity/viewer.ts'
import { obey } from '../user-error.ts'
import { publishChatEventRules } from './chat-event.ts'
import { type ChatEvent, insertChatEvent, listeners, takeKey } from './chat-event-store.ts'
import { type MatchedEvent, matches } from './matching.ts'
import { additionalDataOf, type KnownChat } from './webhook-body.ts'

/** What happens in chats and to bot agents, on its way to the bot agents that listen. */
export type ChatEvents = ReturnType<typeof chatEventService>

export function chatEventService(options: { database: Database; feed: Feed; onDue: () => void }) {
  const { database, feed, onDue } = options

  /** The event with all its deliveries, in the transaction of what has happened. */
  async function record(
    transaction: Transaction,
    event: Pick<ChatEvent, 'id' | 'licenseId' | 'clientId' | 'data'> &
      MatchedEvent & { chat: KnownChat | null; except?: string },
  ): Promise<ChatEvent> {
    const { id, licenseId, clientId, action, data } = event
    const listening = await listeners(transaction, licenseId, action)
    const deliveries = listening
      .filter(({ botAgentId }) => botAgentId !== event.except)
      .filter(({ subscription, clientId }) => matches(subscription, event, { clientId }))
      .map(({ botAgentId, subscription }) => ({
        id: newId('dlv_'),
        botAgentId,
        additionalData: JSON.stringify(additionalDataOf(subscription, event)),
      }))
    const matched = deliveries.length
    return insertChatEvent(transaction, { id, licenseId, clientId, action, data, matched }, deliveries)
  }

  return {
    /**
     * Takes in what the chat platform reports: the event and all its deliveries are one commit.
     * @param input in the form of publishChatEventRules
     * @throws UserErrors VALIDATION
     */
    async publish({ licenseId, clientId }: Viewer, input: object): Promise<ChatEvent> {
      const { idempotencyKey, data, chat, ...event } = obey(publishChatEventRules, input)
      const id = newId('evt_')
      const known = chat && { ...chat, properties: chat.properties ?? {} }
      const reported = { ...event, id, licenseId, clientId, data: JSON.stringify(data), chat: known }
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
     * Raises an event of the gateway's own, in the transaction of the change; `hint` when it has committed.
     * @param event.except the bot agent that it is about, which is not told of itself
     */
    async raise(
      transaction: Transaction,
      event: {
        licenseId: number
        clientId: string
        action: 'AGENT_STATUS_CHANGED' | 'AGENT_DELETED'
        data: object
        except: string
      },
    ): Promise<void> {
      const data = JSON.stringify(event.data)
      await record(transaction, { ...event, id: newId('evt_'), data, authorType: null, chat: null })
    },

    hint: onDue,
  }
}

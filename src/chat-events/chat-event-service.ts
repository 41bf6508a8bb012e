import DataLoader from 'dataloader'
import { isIdOf, newId } from '../contract/identifier.ts'
import { validate } from '../contract/user-error.ts'
import type { Database, Transaction } from '../database/database.ts'
import type { NewDelivery, Outbox } from '../deliveries/outbox.ts'
import type { Change, Changes, StatementChange } from '../feed/change.ts'
import type { Loaded } from '../graphql/loaded.ts'
import { reachOf } from '../identity/reach.ts'
import type { Viewer } from '../identity/viewer.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'
import { additionalDataOf } from './additional-data.ts'
import { type ChatContext, type ChatProperties, publishChatEventRules, writtenData } from './chat-event.ts'
import { chatEventPolicy } from './chat-event-policy.ts'
import { type ChatEvent, createChatEventStore } from './chat-event-store.ts'
import { createListeners } from './listeners.ts'
import { type MatchedEvent, matches } from './matching.ts'

/** Delivers events of chats and bot agents to the bot agents that listen to them. */
export type ChatEvents = ReturnType<typeof createChatEventService>

type NewEvent = Pick<ChatEvent, 'id' | 'licenseId' | 'clientId' | 'data'> &
  Omit<MatchedEvent, 'chat'> & {
    chat: ChatContext | null
    /** The bot agent that the event is about: it gets no webhook about itself. */
    except?: string
    /** The only application whose bot agents get it. */
    only?: string | undefined
  }

/** The properties of a chat as one application may read them, and whether some of them are hidden from others. */
export interface ReadableProperties {
  readonly properties: ChatProperties
  readonly hidden: boolean
}

/** Chat events of one statement: each may be large. */
const AT_ONCE = 10

export function createChatEventService(options: {
  database: Database
  changes: Changes
  outbox: Outbox
  /** Reads the stored properties of a chat, as each application may see them. For events that do not carry the properties. */
  chatProperties: (
    transaction: Transaction,
    licenseId: number,
    chatId: string,
  ) => Promise<(clientId: string) => ReadableProperties>
}) {
  const { changes, chatProperties } = options
  const store = createChatEventStore(options)
  const listening = createListeners()

  /** Writes the event with all its deliveries. */
  async function record(change: StatementChange, event: NewEvent): Promise<ChatEvent> {
    const { transaction } = change
    const { id, licenseId, clientId, action, data } = event
    const listeners = (await listening.find(transaction, licenseId, action)).filter(
      ({ botAgentId, clientId }) => botAgentId !== event.except && clientId === (event.only ?? clientId),
    )
    const chatAsSeenBy = listeners.length > 0 ? await chatSeen(transaction, event) : () => unknownChat
    const deliveries: NewDelivery[] = []
    for await (const listener of listening.subscriptions(transaction, action, listeners)) {
      const { botAgentId, clientId, subscription } = listener
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
    return store.insert(change, { id, licenseId, clientId, action, data, matched, onlyClientId }, deliveries)
  }

  /** @returns the chat as each application may see it. Properties that the event itself carries are visible to all. */
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
    /** Loads chat events by id, within one operation; null unless the viewer reported the event or may see a delivery of it. */
    loader(viewer: Viewer, loaded: Loaded): DataLoader<string, ChatEvent | null> {
      const { licenseId, clientId } = viewer
      const sees = {
        knownTo: clientId,
        ...(reachOf(viewer, chatEventPolicy.readReported) && { reportedBy: clientId }),
        deliveredIn: reachOf(viewer, chatEventPolicy.readDelivered),
      }
      return new DataLoader<string, ChatEvent | null>(
        async (ids) => {
          const possible = ids.filter((id) => isIdOf('ChatEvent', id))
          const found = await loaded.read(
            () => store.find(licenseId, possible, sees),
            ({ data }) => data.length,
          )
          const byId = new Map(found.map((event) => [event.id, event]))
          return ids.map((id) => byId.get(id) ?? null)
        },
        { maxBatchSize: AT_ONCE },
      )
    },

    /**
     * Accepts an event of the chat platform: the event and all its deliveries are one commit.
     * @param input in the form of publishChatEventRules
     * @param written the JSON text of its `data`, as the caller wrote it
     * @throws UserErrors VALIDATION
     */
    publish({ licenseId, clientId }: Viewer, input: object, written: string): Promise<ChatEvent> {
      const { idempotencyKey, data: parsed, chat, ...event } = validate(publishChatEventRules, input)
      const data = writtenData(written, parsed)
      const id = newId('evt_')
      const reported = { ...event, id, licenseId, clientId, data, chat }
      if (!idempotencyKey) return changes.commitStatement((change) => record(change, reported))
      return changes.commit(async (change) => {
        const first = await store.takeKey(change, { licenseId, clientId, key: idempotencyKey }, id)
        return first ?? record(change, reported)
      })
    },

    /**
     * Raises an event of the gateway's own, as the last part of the change that it reports.
     * @param event.clientId the application that made the change, or that owns the bot agent
     * @param event.chat absent if it belongs to no chat, or to one that is not known
     * @param event.only the only application whose bot agents get it; absent for all in the license
     * @param event.except the bot agent that the event is about: it gets no webhook about itself
     */
    async raise(
      change: Change,
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
      await record(change, { ...event, id: newId('evt_'), data, authorType: null, chat })
    },

    /** Raises events for many bot agents of any license at once, in two statements for each license. */
    async raiseAll(
      change: Change,
      action: 'AGENT_STATUS_CHANGED',
      raised: readonly { licenseId: number; clientId: string; data: object; except: string }[],
    ): Promise<void> {
      const { transaction } = change
      for (const [licenseId, events] of Map.groupBy(raised, ({ licenseId }) => licenseId)) {
        const matching: string[] = []
        const all = await listening.find(transaction, licenseId, action)
        for await (const { botAgentId, clientId, subscription } of listening.subscriptions(transaction, action, all)) {
          if (matches(subscription, { action, authorType: null, chat: null }, { clientId })) matching.push(botAgentId)
        }
        const recorded = events.map((event) => ({ ...event, id: newId('evt_') }))
        const deliveries = recorded.flatMap(({ id: chatEventId, except }) =>
          matching
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
        await store.insertAll(change, action, rows, deliveries)
      }
    },
  }
}

/** There is no chat, or nothing is known about it. */
const unknownChat = { chat: null, hidden: false } as const

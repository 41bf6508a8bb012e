import DataLoader from 'dataloader'
import { isIdOf, newId } from '../contract/identifier.ts'
import { LOOKED_SIZE, lookThrough } from '../contract/looks.ts'
import {
  byCreation,
  type Connection,
  type PageArguments,
  type Place,
  paginate,
  type Slice,
} from '../contract/pagination.ts'
import { validate } from '../contract/user-error.ts'
import type { Prisma } from '../database/client/client.ts'
import type { Database, Transaction } from '../database/database.ts'
import type { Outbox } from '../deliveries/outbox.ts'
import type { Change, Changes, StatementChange } from '../feed/change.ts'
import type { Loaded } from '../graphql/loaded.ts'
import { reachOf } from '../identity/reach.ts'
import { may, type Viewer } from '../identity/viewer.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'
import { authorIdOf, type ChatContext, chatIdOf, publishChatEventRules, writtenData } from './chat-event.ts'
import { type ChatEventFilter, chatEventFilter } from './chat-event-filter.ts'
import type { EventAudience } from './chat-event-list.ts'
import { chatEventPolicy } from './chat-event-policy.ts'
import { type ChatEvent, createChatEventStore, type NewChatEvent } from './chat-event-store.ts'
import { type ChatPropertiesReader, type ChatSeen, carriedChat, seenChat } from './chat-seen.ts'
import { type Audience, createListeners, type KeptAudience } from './listeners.ts'
import { type MatchedEvent, matches } from './matching.ts'
import { type Addressed, createRecipients } from './recipients.ts'
import { writeSeen } from './seen-event.ts'

/** Delivers events of chats and bot agents to the bot agents that listen to them. */
export type ChatEvents = ReturnType<typeof createChatEventService>

type NewEvent = Omit<NewChatEvent, 'seen'> &
  Omit<MatchedEvent, 'chat'> & {
    readonly chat: ChatContext | null
    /** The bot agent that the event is about: it gets no webhook about itself. */
    readonly except?: string | undefined
  }

/** An event of the gateway's own. */
interface OwnEvent {
  readonly licenseId: number
  /** The application that made the change, or that owns the bot agent. */
  readonly clientId: string
  readonly action: WebhookAction
  readonly data: object
  /** Absent if it belongs to no chat, or to one that is not known. */
  readonly chat?: { id: string; threadId: string | null }
  /** The bot agent that the event is about: it gets no webhook about itself. */
  readonly except?: string
  /** The only application whose bot agents get it; absent for all in the license. */
  readonly only?: string | undefined
}

/** What matching looked at. */
type Seen = Pick<NewChatEvent, 'seen'>

/** How a statement raises an event. */
export interface Raising {
  /** What the listeners were remembered as. If they changed since, the statement must write nothing; absent: they are known to be current. */
  readonly listeners?: Pick<KeptAudience, 'version'>
  /** Further parts, which insert the event for each row of `from` (one, or none); absent if the event reaches nobody. */
  readonly parts?: (change: StatementChange, from: Prisma.Sql) => Prisma.Sql
}

/** Chat events of one statement: each may be large. */
const AT_ONCE = 10

const eventSize = ({ data, seen }: ChatEvent) => 200 + data.length + (seen?.length ?? 0)
const placeSize = () => 50
const places = byCreation('ChatEvent')

export function createChatEventService(options: {
  database: Database
  changes: Changes
  outbox: Outbox
  /** For events that do not carry the properties of their chat. */
  chatProperties: ChatPropertiesReader
  /** Is called when deliveries are left to be made. */
  onLeft: () => void
}) {
  const { database, changes, chatProperties, onLeft } = options
  const store = createChatEventStore(options)
  const listeners = createListeners(options)

  /** Finds who gets an event: show it all parts of the listeners. */
  function addressing(transaction: Transaction, event: NewEvent) {
    const { licenseId, chat, onlyClientId, except } = event
    const recipients = createRecipients({ isPrivate: onlyClientId !== null })
    let seen: ChatSeen | undefined
    return {
      addressed: () => ({ ...recipients.addressed(), seen: writeSeen(event, seen?.stored) }),

      async visit(part: Audience): Promise<void> {
        if (part.looksAtProperties) seen ??= await seenChat(chat, (id) => chatProperties(transaction, licenseId, id))
        const { whole, by } = seen ?? carriedChat(chat)
        for (const listener of part.candidates({ ...event, chat: whole })) {
          const { botAgentId, clientId, subscription } = listener
          if (botAgentId === except || clientId !== (onlyClientId ?? clientId)) continue
          const asSeen = by(clientId)
          if (matches(subscription, { ...event, chat: asSeen.chat }, { clientId })) recipients.add(listener, asSeen)
        }
      },
    }
  }

  /**
   * Matches the event with the listeners that this gateway remembers. Where these are out of date, the statement that would insert it
   * finds out, and it is matched again. So a change that was answered before the call began counts, whichever gateway made it.
   * @param write writes only if the listeners are still those; absent: in any case
   */
  async function addressed<Written>(
    event: NewEvent,
    write: (to: Addressed & Seen, remembered?: KeptAudience) => Promise<Written | 'OUTDATED'>,
  ): Promise<Written | 'OUTDATED'> {
    const { licenseId, action } = event
    const remembered = listeners.kept(licenseId, action)
    if (remembered) {
      const { visit, addressed } = addressing(database, event)
      await visit(remembered)
      const written = await write(addressed(), remembered)
      if (written !== 'OUTDATED') return written
    }
    const { visit, addressed } = addressing(database, event)
    await listeners.currentInTurn(licenseId, action, visit)
    return write(addressed())
  }

  /** Reads the places of a page first, then the events, a few at a time. */
  async function pageOf(audience: EventAudience, loaded: Loaded, filter: ChatEventFilter, slice: Slice<Place>) {
    let stoppedAt: Place | null = null
    const listed = await loaded.read(async () => {
      const { rows, through } = await placesOf(audience, loaded, filter, slice)
      stoppedAt = through
      return rows
    }, placeSize)
    const groups = Array.from({ length: Math.ceil(listed.length / AT_ONCE) }, (_, index) =>
      listed.slice(index * AT_ONCE, (index + 1) * AT_ONCE).map(({ id }) => id),
    )
    const found = await Promise.all(groups.map((ids) => loaded.read(() => store.find(audience, ids), eventSize)))
    const byId = new Map(found.flat().map((event) => [event.id, event]))
    const nodes = listed.flatMap(({ id }) => byId.get(id) ?? [])
    // Events may have been removed since their places were read. There may still be more behind a full slice of places.
    const isCutShort = nodes.length < listed.length && listed.length === slice.take
    const at = isCutShort ? listed.at(slice.backwards ? 0 : -1) : stoppedAt
    return at ? { nodes, at: places.keyOf(at) } : nodes
  }

  /** The events of a chat pass the filter or not: it has no range for each action. */
  async function placesOf(audience: EventAudience, loaded: Loaded, filter: ChatEventFilter, slice: Slice<Place>) {
    const { chatId } = filter
    if (chatId === undefined) return { rows: await store.page(audience, filter, slice), through: null }
    return lookThrough(slice, (next, look) => {
      loaded.spend(look * LOOKED_SIZE)
      return store.scan(audience, { ...filter, chatId }, next, look)
    })
  }

  return {
    /** Loads chat events by id, within one operation; null for those that do not exist or that the viewer may not see. */
    loader(viewer: Viewer, loaded: Loaded): DataLoader<string, ChatEvent | null> {
      const audience = audienceOf(viewer)
      return new DataLoader<string, ChatEvent | null>(
        async (ids) => {
          const possible = ids.filter((id) => isIdOf('ChatEvent', id))
          const found = audience ? await loaded.read(() => store.find(audience, possible), eventSize) : []
          const byId = new Map(found.map((event) => [event.id, event]))
          return ids.map((id) => byId.get(id) ?? null)
        },
        { maxBatchSize: AT_ONCE },
      )
    },

    /**
     * The events that the viewer may see, newest first.
     * @param filter in the form of chatEventFilter
     * @throws RequestError BAD_USER_INPUT for a page or a filter that is not valid
     */
    async list(
      viewer: Viewer,
      loaded: Loaded,
      { filter, ...page }: PageArguments & { filter: object },
    ): Promise<Connection<ChatEvent>> {
      const audience = audienceOf(viewer)
      const checked = chatEventFilter(filter)
      return paginate(page, {
        ...places,
        read: async (slice) => (audience ? pageOf(audience, loaded, checked, slice) : []),
      })
    },

    /**
     * Accepts an event of the chat platform: the event and its deliveries are one commit, except those beyond the first hundreds.
     * @param input in the form of publishChatEventRules
     * @param written the JSON text of its `data`, as the caller wrote it
     * @throws UserErrors VALIDATION
     */
    async publish({ licenseId, clientId }: Viewer, input: object, written: string): Promise<ChatEvent> {
      const { idempotencyKey: key, data, ...given } = validate(publishChatEventRules, input)
      const event = {
        ...given,
        id: newId('evt_'),
        licenseId,
        clientId,
        data: writtenData(given.action, written, data),
        chatId: chatIdOf(given.chat, data),
        authorId: authorIdOf(given.authorId, data),
        onlyClientId: null,
      }
      for (;;) {
        const inserted = await addressed(event, (to, remembered) =>
          changes.commitStatement((change) =>
            store.insert(change, { ...event, seen: to.seen }, to, { onLeft, key, listeners: remembered }),
          ),
        )
        if (typeof inserted === 'object') return inserted
        const first = key && (await store.findByKey({ licenseId, clientId, key }))
        // Otherwise the key has just expired, and is free.
        if (first) return first
      }
    },

    /** Raises an event of the gateway's own, at the end of the change that it reports. One that reaches nobody leaves no trace. */
    raise(change: Change, about: OwnEvent): void {
      const event = newEvent(about)
      change.atEnd(async () => {
        const { transaction } = change
        const { visit, addressed } = addressing(transaction, event)
        await listeners.current(transaction, event.licenseId, event.action, visit)
        const to = addressed()
        if (to.recipients.length > 0) await store.insert(change, { ...event, seen: to.seen }, to, { onLeft })
      })
    },

    /**
     * The same for a change that is one statement.
     * @param write runs the statement, or returns OUTDATED, having written nothing, if the listeners have changed. It is called again then
     */
    raiseWithin<Written>(
      about: OwnEvent,
      write: (raising: Raising) => Promise<Written | 'OUTDATED'>,
    ): Promise<Written | 'OUTDATED'> {
      const event = newEvent(about)
      return addressed(event, (to, listeners) =>
        write({
          ...(listeners && { listeners }),
          ...(to.recipients.length > 0 && {
            parts: (change, from) => store.insertParts(change, { ...event, seen: to.seen }, to, { from, onLeft }),
          }),
        }),
      )
    },

    /** Raises events about many bot agents of any license at once, none of which listens any more, in two statements for each license. */
    async raiseAll(
      change: Change,
      action: 'AGENT_STATUS_CHANGED',
      raised: readonly { licenseId: number; clientId: string; data: object }[],
    ): Promise<void> {
      const { transaction } = change
      const about = { action, authorType: null, authorId: null, chat: null, chatId: null, onlyClientId: null }
      for (const [licenseId, events] of Map.groupBy(raised, ({ licenseId }) => licenseId)) {
        const rows = events.map(({ data, ...event }) => ({ ...event, id: newId('evt_'), data: JSON.stringify(data) }))
        const [any] = rows
        if (!any) continue
        const { visit, addressed } = addressing(transaction, { ...any, ...about })
        await listeners.current(transaction, licenseId, action, visit)
        const to = addressed()
        if (to.recipients.length > 0) await store.insertAll(change, { action, seen: to.seen }, rows, to, { onLeft })
      }
    },
  }
}

/** @returns whose events the viewer sees; `undefined` for none */
function audienceOf(viewer: Viewer): EventAudience | undefined {
  const { licenseId, clientId } = viewer
  if (may(viewer, chatEventPolicy.read.others)) return { licenseId, clientId }
  const reach = reachOf(viewer, chatEventPolicy.readReached)
  return reach && { licenseId, clientId, reached: reach.clientId === undefined ? 'ANY' : 'OWN' }
}

function newEvent({ data, chat: about, only, ...given }: OwnEvent): NewEvent {
  return {
    ...given,
    id: newId('evt_'),
    data: JSON.stringify(data),
    chatId: about?.id ?? null,
    chat: about ? { ...about, properties: null, agentIds: [], groupIds: null } : null,
    authorType: null,
    authorId: null,
    onlyClientId: only ?? null,
  }
}

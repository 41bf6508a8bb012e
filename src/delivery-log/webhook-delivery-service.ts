import DataLoader from 'dataloader'
import { z } from 'zod'
import { type Audited, audit, auditReplay } from '../audit/audit-entry.ts'
import type { ChatEvent } from '../chat-events/chat-event-store.ts'
import { insertPing } from '../chat-events/chat-event-store.ts'
import { botAgentIds, isIdOf, newId } from '../contract/identifier.ts'
import { type PageArguments, paginate } from '../contract/pagination.ts'
import { quoted } from '../contract/quoted.ts'
import { userError } from '../contract/user-error.ts'
import { Prisma, type WebhooksState } from '../database/client/client.ts'
import type { Database, Transaction } from '../database/database.ts'
import type { Feed, SubscribeOptions } from '../feed/feed.ts'
import type { FeedEntry } from '../feed/feed-entry.ts'
import type { Loaded } from '../graphql/loaded.ts'
import type { Actor } from '../identity/actor.ts'
import { may, type Viewer } from '../identity/viewer.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'
import type { WebhookAttempt, WebhookDelivery, WebhookDeliveryUpdate } from './webhook-delivery.ts'
import { type DeliveryReach, type DeliverySelection, webhookDeliveryStore } from './webhook-delivery-store.ts'

/** What one may do with webhooks on their way. */
export type WebhookDeliveries = ReturnType<typeof webhookDeliveryService>

const placeInList = z.tuple([
  z.iso
    .datetime()
    .transform((text) => new Date(text))
    .pipe(z.date().min(new Date(0))),
  z.string().refine((id) => isIdOf('WebhookDelivery', id)),
])

/** Deliveries of one statement of a replay, which may be of any number. */
const REPLAY_PAGE = 1_000

/** Deliveries whose attempts one statement loads, and chat events of one statement: each may be large. */
const AT_ONCE = 10

const deliverySize = ({ url }: WebhookDelivery) => 300 + url.length
const attemptSize = ({ responseBody }: WebhookAttempt) => 100 + (responseBody?.length ?? 0)

export function webhookDeliveryService(options: { database: Database; feed: Feed; onDue: () => void }) {
  const { database, feed, onDue } = options
  const store = webhookDeliveryStore(database)

  const present = new DataLoader<{ licenseId: number; id: string }, WebhookDelivery | null, string>(
    async (keys) => {
      const byLicense = Map.groupBy(keys, ({ licenseId }) => licenseId)
      const found = await Promise.all(
        [...byLicense].map(([licenseId, of]) => store.find({ licenseId }, [...new Set(of.map(({ id }) => id))])),
      )
      const byId = new Map(found.flat().map((delivery) => [delivery.id, delivery]))
      return keys.map(({ id }) => byId.get(id) ?? null)
    },
    { cache: false },
  )
  const afterUpdate = new WeakMap<FeedEntry, Promise<WebhookDelivery | null>>()

  const reached = (viewer: Viewer): DeliveryReach =>
    may(viewer, 'agents-bot--all:ro') ? { licenseId: viewer.licenseId } : own(viewer)

  return {
    loader(viewer: Viewer, loaded: Loaded): DataLoader<string, WebhookDelivery | null> {
      return new DataLoader<string, WebhookDelivery | null>(async (ids) => {
        const asked = may(viewer, 'agents-bot--my:ro') ? ids.filter((id) => isIdOf('WebhookDelivery', id)) : []
        const found = asked.length > 0 ? await loaded.read(() => store.find(reached(viewer), asked), deliverySize) : []
        const byId = new Map(found.map((delivery) => [delivery.id, delivery]))
        return ids.map((id) => byId.get(id) ?? null)
      })
    },

    /** Attempts by delivery, for as long as one operation runs; oldest first. */
    attemptsLoader({ clientId }: Viewer, loaded: Loaded): DataLoader<string, readonly WebhookAttempt[]> {
      return new DataLoader<string, readonly WebhookAttempt[]>(
        async (ids) => {
          const found = await loaded.read(() => store.attempts(ids, clientId), attemptSize)
          const byDelivery = Map.groupBy(found, ({ deliveryId }) => deliveryId)
          return ids.map((id) => byDelivery.get(id) ?? [])
        },
        { maxBatchSize: AT_ONCE },
      )
    },

    chatEventLoader(viewer: Viewer, loaded: Loaded): DataLoader<string, ChatEvent | null> {
      return new DataLoader<string, ChatEvent | null>(
        async (ids) => {
          const seen = {
            knownTo: viewer.clientId,
            ...(may(viewer, 'chats--all:rw') && { reportedBy: viewer.clientId }),
            ...(may(viewer, 'agents-bot--my:ro') && { deliveredIn: reached(viewer) }),
          }
          const read = () =>
            store.chatEvents(
              viewer.licenseId,
              ids.filter((id) => isIdOf('ChatEvent', id)),
              seen,
            )
          const found = await loaded.read(read, ({ data }) => data.length)
          const byId = new Map(found.map((event) => [event.id, event]))
          return ids.map((id) => byId.get(id) ?? null)
        },
        { maxBatchSize: AT_ONCE },
      )
    },

    /** Newest first. @throws RequestError BAD_USER_INPUT for a page that can't be. */
    list(
      viewer: Viewer,
      loaded: Loaded,
      { all, ...rest }: PageArguments & DeliverySelection & { all: boolean; botAgentId?: string },
    ) {
      const { botAgentId, first, after, states, botAgentIds: given } = rest
      const selection = {
        ...(states && { states: [...new Set(states)] }),
        ...(given && { botAgentIds: botAgentIds(given) }),
      }
      const reach = { ...(all ? { licenseId: viewer.licenseId } : own(viewer)), ...(botAgentId && { botAgentId }) }
      return paginate<WebhookDelivery, typeof placeInList>(
        { first, after },
        {
          key: placeInList,
          keyOf: ({ createdAt, id }) => [createdAt.toISOString(), id],
          read: (place, take) =>
            loaded.read(
              () => store.page(reach, selection, place && { createdAt: place[0], id: place[1] }, take),
              deliverySize,
            ),
        },
      )
    },

    updates(
      viewer: Viewer,
      { all, botAgentIds: given, ...stream }: SubscribeOptions & { all: boolean; botAgentIds?: readonly string[] },
    ): AsyncIterableIterator<FeedEntry> {
      const listed = all ? { licenseId: viewer.licenseId } : own(viewer)
      const only = given && { botAgentIds: botAgentIds(given) }
      return feed.subscribe({ topic: 'WEBHOOK_DELIVERY', ...listed, ...only }, stream)
    },

    /** The delivery as it is once the update has come about; loaded once for all who are told of it. */
    present(entry: FeedEntry): Promise<WebhookDelivery | null> {
      const { deliveryId } = entry.data as WebhookDeliveryUpdate
      const loaded = afterUpdate.get(entry) ?? present.load({ licenseId: entry.licenseId, id: deliveryId })
      afterUpdate.set(entry, loaded)
      return loaded
    },

    /**
     * Sends it again, with the same id, whatever has become of it; a retry that is scheduled is replaced.
     * @throws UserErrors NOT_FOUND, CONFLICT where its bot agent has no webhooks any more
     */
    async replay(actor: Actor, id: string): Promise<WebhookDelivery | null> {
      const [delivery] = isIdOf('WebhookDelivery', id) ? await store.find(own(actor), [id]) : []
      if (!delivery) throw userError('NOT_FOUND', ['id'], `names no delivery of a bot agent of yours: ${quoted(id)}`)
      const botAgent = { ...own(actor), id: delivery.botAgentId }
      if ((await replayThese(database, actor, { entry: newId('aud_'), botAgent, ids: [id] })) === 0) {
        throw userError('CONFLICT', ['id'], 'can not be sent again: its bot agent has no webhooks that are enabled')
      }
      feed.hint()
      onDue()
      const [again] = await store.find(own(actor), [id])
      return again ?? null
    },

    /** Sends a range again; of two calls at once each delivery is replayed by one. Answers how many. */
    async replayAll(
      actor: Actor,
      given: {
        botAgentId: string
        states: readonly string[]
        since?: Date | null | undefined
        until?: Date | null | undefined
      },
    ): Promise<number> {
      const range = { ...given, states: [...new Set(given.states)] }
      const { state } = await demandOwn(database, actor, range.botAgentId)
      if (state === 'DISABLED') {
        throw userError('CONFLICT', ['botAgentId'], 'names a bot agent whose webhooks are disabled: enable them first')
      }
      const botAgent = { ...own(actor), id: range.botAgentId }
      const entry = newId('aud_')
      // What the call itself has replayed is PENDING, and must not be met again.
      const begun = await clock(database)
      let replayed = 0
      let last: Place | undefined
      for (;;) {
        const places = await placesOf(database, own(actor), range, { begun, after: last })
        last = places.at(-1)
        if (!last) return replayed
        const ids = places.map(({ id }) => id)
        replayed += await replayThese(database, actor, { entry, botAgent, ids, met: { states: range.states, begun } })
        feed.hint()
        onDue()
      }
    },

    /** Sends a signed webhook without an event, to see whether the destination answers. @throws UserErrors NOT_FOUND, CONFLICT */
    async ping(actor: Actor, botAgentId: string): Promise<WebhookDelivery | null> {
      const id = newId('dlv_')
      await database.$transaction(async (transaction) => {
        await lockOwn(transaction, actor, botAgentId)
        const { actions } = await demandOwn(transaction, actor, botAgentId)
        const action = actions[0]?.name
        if (!action) throw noWebhooks()
        await insertPing(transaction, action, { id, botAgentId, additionalData: '{}', confidential: false })
        await audit(transaction, actor, 'PINGED', [{ ...own(actor), id: botAgentId }])
      })
      feed.hint()
      onDue()
      const [delivery] = await store.find(own(actor), [id])
      return delivery ?? null
    },

    /** Sends webhooks again that were paused or disabled. What was held stays so until it is replayed. @throws UserErrors */
    async enable(actor: Actor, botAgentId: string): Promise<string> {
      await database.$transaction(async (transaction) => {
        await lockOwn(transaction, actor, botAgentId)
        await demandOwn(transaction, actor, botAgentId)
        await transaction.botAgent.update({
          where: { ...own(actor), id: botAgentId },
          data: {
            webhooksState: 'ACTIVE',
            webhooksFailures: 0,
            webhooksFailingSince: null,
            webhooksPausedUntil: null,
            webhooksPauses: 0,
          },
        })
        await audit(transaction, actor, 'ENABLED', [{ ...own(actor), id: botAgentId }])
      })
      onDue()
      return botAgentId
    },
  }
}

function own({ licenseId, clientId }: Viewer): { licenseId: number; clientId: string } {
  return { licenseId, clientId }
}

function noWebhooks() {
  return userError('CONFLICT', ['botAgentId'], 'names a bot agent that has no webhooks')
}

/** Nobody else changes or removes it until the transaction ends. What there is no longer, or never was, is not locked. */
async function lockOwn(transaction: Transaction, { licenseId, clientId }: Viewer, botAgentId: string): Promise<void> {
  const id = isIdOf('BotAgent', botAgentId) ? botAgentId : ''
  await transaction.$queryRaw`
    select id from bot_agent where id = ${id} and license_id = ${licenseId} and client_id = ${clientId} for no key update`
}

async function demandOwn(
  database: Transaction,
  viewer: Viewer,
  botAgentId: string,
): Promise<{ actions: { name: WebhookAction }[]; state: WebhooksState | null }> {
  const found = await database.botAgent.findFirst({
    where: { ...own(viewer), id: isIdOf('BotAgent', botAgentId) ? botAgentId : '' },
    select: { webhooksActions: true, webhooksState: true },
  })
  if (!found) throw userError('NOT_FOUND', ['botAgentId'], `names no bot agent of yours: ${quoted(botAgentId)}`)
  if (!found.webhooksActions) throw noWebhooks()
  return { actions: found.webhooksActions as { name: WebhookAction }[], state: found.webhooksState }
}

async function clock(database: Database): Promise<Date> {
  const [{ now }] = await database.$queryRaw<[{ now: Date }]>`select clock_timestamp() as now`
  return now
}

/** A delivery's place in the order in which they were made. */
interface Place {
  readonly createdAt: Date
  readonly id: string
}

/** The next deliveries of a range; pings are sent once. */
function placesOf(
  database: Database,
  { licenseId, clientId }: { licenseId: number; clientId: string },
  range: {
    botAgentId: string
    states: readonly string[]
    since?: Date | null | undefined
    until?: Date | null | undefined
  },
  { begun, after }: { begun: Date; after: Place | undefined },
): Promise<Place[]> {
  const { createdAt, id } = after ?? { createdAt: range.since ?? new Date(0), id: '' }
  return database.$queryRaw<Place[]>`
    select created_at as "createdAt", id from webhook_delivery
    where license_id = ${licenseId} and client_id = ${clientId} and bot_agent_id = ${range.botAgentId}
      and state = any(${[...range.states]}::webhook_delivery_state[]) and not ping
      and (replayed_at is null or replayed_at < ${begun})
      and (created_at, id) > (${createdAt}, ${id}) and created_at <= ${range.until ?? begun}
    order by created_at, id limit ${REPLAY_PAGE}`
}

/**
 * PENDING at once, with the schedule begun anew; what is under way at this moment is sent once more when that has ended. Answers how many.
 * @param replay.met what must still hold of a delivery when its turn comes: another replay may have been there first
 */
function replayThese(
  database: Database,
  actor: Actor,
  replay: {
    entry: string
    botAgent: Audited
    ids: readonly string[]
    met?: { states: readonly string[]; begun: Date }
  },
): Promise<number> {
  const { licenseId, clientId } = actor
  const { entry, botAgent, ids, met } = replay
  const stillMet = met
    ? Prisma.sql`and delivery.state = any(${[...met.states]}::webhook_delivery_state[])
        and (replayed_at is null or replayed_at < ${met.begun})`
    : Prisma.empty
  return database.$executeRaw`
    with locked as (
      select delivery.id
      from webhook_delivery delivery join bot_agent on bot_agent.id = delivery.bot_agent_id
      where delivery.id = any(${[...ids]}::text[]) and delivery.license_id = ${licenseId} and delivery.client_id = ${clientId}
        and webhooks_state <> 'DISABLED' ${stillMet}
      order by delivery.id for update of delivery
    ), replayed as (
      update webhook_delivery delivery
      set state = 'PENDING', next_attempt_at = clock_timestamp(), replayed_at = clock_timestamp(), replay = true, failures = 0,
        finished_at = null
      from locked where delivery.id = locked.id
      returning delivery.id, delivery.license_id, delivery.client_id, delivery.bot_agent_id
    ), audited as (${auditReplay(actor, { id: entry, botAgent })}
    )
    insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
    select license_id, 'WEBHOOK_DELIVERY', client_id, bot_agent_id,
      jsonb_build_object('deliveryId', id, 'state', 'PENDING', 'attempt', null)
    from replayed`
}

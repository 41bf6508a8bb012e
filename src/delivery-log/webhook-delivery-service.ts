import DataLoader from 'dataloader'
import { audit, freeAgain } from '../audit/audit-entry-store.ts'
import { additionalDataOf } from '../chat-events/additional-data.ts'
import { exampleRules, MOST_EXAMPLE_BYTES, writtenData } from '../chat-events/chat-event.ts'
import { exampleChat, exampleDataOf } from '../chat-events/webhook-catalogue.ts'
import { botAgentIds, isIdOf, newId } from '../contract/identifier.ts'
import { quoted } from '../contract/quoted.ts'
import { userError, validate } from '../contract/user-error.ts'
import type { Database } from '../database/database.ts'
import type { Encryption } from '../database/encryption.ts'
import { deliveryPolicy } from '../deliveries/delivery-policy.ts'
import type { NewDelivery, Outbox } from '../deliveries/outbox.ts'
import { attemptsLeft, type RetrySchedule } from '../deliveries/retry-schedule.ts'
import type { WebhooksNotice } from '../deliveries/webhooks-notice.ts'
import type { WebhooksNotices } from '../deliveries/webhooks-notices.ts'
import type { Change, Changes } from '../feed/change.ts'
import type { Feed, FeedStream, SubscribeOptions } from '../feed/feed.ts'
import type { FeedEntry, FeedFilter, FeedTest } from '../feed/feed-entry.ts'
import { sharedByEntry, subjectOf } from '../feed/subject.ts'
import { type Loaded, sizeOf } from '../graphql/loaded.ts'
import type { Actor } from '../identity/actor.ts'
import { listed, own, reachOf } from '../identity/reach.ts'
import type { Viewer } from '../identity/viewer.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'
import { both, type DeliveryFilter, deliveryFilter, passes, statesOf } from './delivery-filter.ts'
import { COUNT_SIZE, createDeliveryLists, deliverySize } from './delivery-lists.ts'
import { type Replayed, type ReplayRange, type Replays, replayFilter } from './replays.ts'
import {
  attemptFor,
  type WebhookAttempt,
  type WebhookContent,
  type WebhookDelivery,
  type WebhookDeliveryUpdate,
} from './webhook-delivery.ts'
import { createWebhookDeliveryStore, type OwnWebhooks } from './webhook-delivery-store.ts'

/** The operations on deliveries: to see them, replay them and test destinations. */
export type WebhookDeliveries = ReturnType<typeof createWebhookDeliveryService>

/** Deliveries whose attempts or contents one statement loads: they may be large. */
const AT_ONCE = 10
/** Pings and examples of one bot agent within a minute: they go to a server that may belong to somebody else, even if it wants no more. */
const MOST_TESTS = 30

const attemptSize = ({ responseBody, detail }: WebhookAttempt) =>
  100 + (responseBody?.length ?? 0) + sizeOf(detail?.responseHeaders)

interface StreamOptions extends SubscribeOptions {
  readonly all: boolean
  readonly botAgentIds?: readonly string[]
}

interface UpdateOptions extends StreamOptions {
  /** In the form of deliveryFilter. */
  readonly filter?: object | null | undefined
}

export function createWebhookDeliveryService(options: {
  database: Database
  encryption: Encryption
  feed: Feed
  changes: Changes
  outbox: Outbox
  notices: WebhooksNotices
  replays: Replays
  schedule: RetrySchedule
}) {
  const { feed, changes, outbox, notices, replays, schedule } = options
  const store = createWebhookDeliveryStore(options)
  const lists = createDeliveryLists({ ...options, store })

  /** The attempt that an entry reports, or else the last one before it. */
  const attemptOfEntry = sharedByEntry(async (entries) => {
    const wanted = entries.map((entry) => {
      const { deliveryId, attempt, attempts } = updateOf(entry)
      return { deliveryId, number: attempt ?? attempts ?? 0 }
    })
    const keyOf = ({ deliveryId, number }: (typeof wanted)[number]) => `${deliveryId} ${number}`
    const found = new Map((await store.attemptsByNumber(wanted)).map((attempt) => [keyOf(attempt), attempt]))
    return wanted.map((one) => found.get(keyOf(one)) ?? null)
  })

  /** @param where makes a test of a filter; absent: all entries pass */
  const follow = (
    topics: FeedFilter['topics'],
    viewer: Viewer,
    { all, botAgentIds: named, ...stream }: StreamOptions,
    where?: FeedTest,
  ): FeedStream =>
    feed.subscribe(
      { topics, ...listed(viewer, { all }), ...(named && { botAgentIds: named }), ...(where && { where }) },
      stream,
    )

  /** The delivery that an entry names, as it is now; null if it has been pruned. */
  const deliveryOf = subjectOf({
    idOf: (entry) => updateOf(entry).deliveryId,
    find: (licenseId, ids) => store.find({ licenseId }, ids),
  })

  /** Tests the delivery as it was after the update. */
  const updatesThatPass = (filter: DeliveryFilter, { clientId }: Viewer): FeedTest => ({
    key: JSON.stringify([filter, clientId]),
    async passes(entry) {
      const { state, attempt, attempts, replayed } = updateOf(entry)
      if (!statesOf(filter).includes(state)) return false
      const delivery = await deliveryOf(entry)
      // The stream ends there: the client has to read again.
      if (!delivery) return true
      const { attemptCount, lastError, lastStatusCode, replayedAt } = delivery
      const made = attempt ?? attempts ?? attemptCount
      const last =
        made === attemptCount ? { error: lastError, statusCode: lastStatusCode } : await attemptOfEntry(entry)
      return passes(filter, clientId, {
        ...delivery,
        state,
        lastError: last?.error ?? null,
        lastStatusCode: last?.statusCode ?? null,
        replayedAt: replayed === false ? null : replayedAt,
      })
    },
  })

  /** @throws UserErrors NOT_FOUND; CONFLICT if it has no webhooks */
  const lockOwn = async (change: Change, viewer: Viewer, botAgentId: string) =>
    withActions(
      isIdOf('BotAgent', botAgentId) ? await store.lockWebhooksOf(change, own(viewer), botAgentId) : undefined,
      botAgentId,
    )

  /** @throws UserErrors LIMIT_REACHED */
  const demandFewTests = async (change: Change, botAgentId: string) => {
    const free = await freeAgain(change, { botAgentId, action: 'PINGED', most: MOST_TESTS })
    if (!free) return
    throw userError(
      'LIMIT_REACHED',
      ['botAgentId'],
      `has had ${MOST_TESTS} pings and examples within a minute, which is the limit: the next may be sent at ${free.toISOString()}`,
    )
  }

  /** @param make finds out what to send, given the actions that the bot agent listens to */
  const sendTest = async (
    actor: Actor,
    botAgentId: string,
    make: (
      actions: NonNullable<OwnWebhooks['actions']>,
    ) => { action: WebhookAction } & Pick<NewDelivery, 'additionalData' | 'exampleData'>,
  ): Promise<WebhookDelivery | null> => {
    const id = newId('dlv_')
    await changes.commit(async (change) => {
      const { actions } = await lockOwn(change, actor, botAgentId)
      const { action, ...content } = make(actions)
      await demandFewTests(change, botAgentId)
      await outbox.ping(change, action, { id, botAgentId, confidential: false, ...content })
      await audit(change, actor, 'PINGED', [{ ...own(actor), id: botAgentId }])
    })
    const [delivery] = await store.find(own(actor), [id])
    return delivery ?? null
  }

  return {
    /** Loads deliveries by id, within one operation; null for those that do not exist or that the viewer may not see. */
    loader(viewer: Viewer, loaded: Loaded): DataLoader<string, WebhookDelivery | null> {
      return new DataLoader<string, WebhookDelivery | null>(async (ids) => {
        const reach = reachOf(viewer, deliveryPolicy.read)
        const possible = ids.filter((id) => isIdOf('WebhookDelivery', id))
        const found =
          reach && possible.length > 0 ? await loaded.read(() => store.find(reach, possible), deliverySize) : []
        const byId = new Map(found.map((delivery) => [delivery.id, delivery]))
        return ids.map((id) => byId.get(id) ?? null)
      })
    },

    /** Loads attempts by delivery, within one operation; oldest first. */
    attemptsLoader(viewer: Viewer, loaded: Loaded): DataLoader<string, readonly WebhookAttempt[]> {
      return new DataLoader<string, readonly WebhookAttempt[]>(
        async (ids) => {
          const found = await loaded.read(() => store.attempts(ids, viewer), attemptSize)
          const byDelivery = Map.groupBy(found, ({ deliveryId }) => deliveryId)
          return ids.map((id) => byDelivery.get(id) ?? [])
        },
        { maxBatchSize: AT_ONCE },
      )
    },

    /** Loads how many milliseconds the attempts of deliveries took together, within one operation. */
    durationsLoader(loaded: Loaded): DataLoader<string, number> {
      return new DataLoader<string, number>(async (ids) => {
        const found = await loaded.read(
          () => store.durations(ids),
          () => 8,
        )
        const byId = new Map(found.map(({ id, ms }) => [id, ms]))
        return ids.map((id) => byId.get(id) ?? 0)
      })
    },

    /** Loads what deliveries carry, within one operation; null if the viewer may not read it, or the event is no longer kept. */
    contentsLoader({ clientId }: Viewer, loaded: Loaded): DataLoader<string, WebhookContent | null> {
      return new DataLoader<string, WebhookContent | null>(
        async (ids) => {
          const found = await loaded.read(
            () => store.contents(ids, clientId),
            ({ size }) => size,
          )
          const byId = new Map(found.map(({ id, content }) => [id, content]))
          return ids.map((id) => byId.get(id) ?? null)
        },
        { maxBatchSize: AT_ONCE },
      )
    },

    /** How many attempts the retry schedule still has for a delivery. */
    attemptsLeft({ state, ping, failures }: WebhookDelivery): number {
      return state === 'PENDING' ? attemptsLeft(failures, ping ? [] : schedule) : 0
    },

    list: lists.list,
    ofEvent: lists.ofEvent,

    /**
     * Entries of the topic WEBHOOK_DELIVERY, for the viewer's own bot agents or for all in the license.
     * @throws RequestError BAD_USER_INPUT for a filter that is not valid
     */
    updates(viewer: Viewer, { botAgentIds: given, filter, ...stream }: UpdateOptions): FeedStream {
      const { botAgentIds: named, ...test } = both(deliveryFilter(filter ?? {}), {
        botAgentIds: given && botAgentIds(given),
      })
      const followed = named ? { ...stream, botAgentIds: named } : stream
      return follow(['WEBHOOK_DELIVERY'], viewer, followed, filter ? updatesThatPass(test, viewer) : undefined)
    },

    /** Notices, for the viewer's own bot agents or for all in the license. */
    stateChanges(viewer: Viewer, { botAgentIds: given, ...stream }: StreamOptions): FeedStream {
      const followed = given ? { ...stream, botAgentIds: botAgentIds(given) } : stream
      return follow(['WEBHOOKS_STATE', 'WEBHOOKS_NOTICE'], viewer, followed)
    },

    /** The delivery that a notice is about; null if there is none, or if it has been pruned. */
    deliveryOfNotice: async (entry: FeedEntry): Promise<WebhookDelivery | null> =>
      'deliveryId' in noticeOf(entry) ? deliveryOf(entry) : null,

    /** The attempt that an entry reports, as the viewer may see it; null if it reports none. */
    async attemptOf(viewer: Viewer, entry: FeedEntry): Promise<WebhookAttempt | null> {
      if (updateOf(entry).attempt === null) return null
      const attempt = await attemptOfEntry(entry)
      return attempt && attemptFor(viewer, attempt, entry)
    },

    /** The delivery that an entry is about, as it is now; null if it has been pruned. */
    subjectOf: deliveryOf,

    /**
     * Sends a delivery again, with the same id, whatever its state. Replaces a retry that is scheduled.
     * @returns the delivery; null if it has been pruned in the meantime
     * @throws UserErrors NOT_FOUND; CONFLICT if the webhooks of its bot agent are disabled or were removed
     */
    async replay(actor: Actor, id: string): Promise<WebhookDelivery | null> {
      const [delivery] = isIdOf('WebhookDelivery', id) ? await store.find(own(actor), [id]) : []
      if (!delivery)
        throw userError('NOT_FOUND', ['id'], `is not the id of a delivery to your bot agents: ${quoted(id)}`)
      const botAgent = { ...own(actor), id: delivery.botAgentId }
      const replayed = await changes.commitStatement((change) =>
        outbox.replay(change, actor, { entry: newId('aud_'), botAgent, ids: [id] }),
      )
      if (replayed === 0) {
        throw userError(
          'CONFLICT',
          ['id'],
          'cannot be replayed: the webhooks of its bot agent are disabled or were removed',
        )
      }
      const [again] = await store.find(own(actor), [id])
      return again ?? null
    },

    /**
     * Sends a range of deliveries again: see replays.ts.
     * @throws UserErrors VALIDATION; NOT_FOUND; CONFLICT if the webhooks are disabled, or there are none
     */
    async replayAll(actor: Actor, loaded: Loaded, { botAgentId, ...asked }: ReplayRange): Promise<Replayed> {
      const filter = replayFilter({ botAgentId, ...asked })
      const found = isIdOf('BotAgent', botAgentId) ? await store.webhooksOf(own(actor), botAgentId) : undefined
      if (withActions(found, botAgentId).state === 'DISABLED') {
        throw userError(
          'CONFLICT',
          ['botAgentId'],
          'is the id of a bot agent whose webhooks are disabled: enable them first',
        )
      }
      loaded.spend(COUNT_SIZE)
      return asked.dryRun ? replays.count(actor, botAgentId, filter) : replays.replay(actor, botAgentId, filter)
    },

    /**
     * Sends a signed webhook without an event, to see whether the destination responds.
     * @returns the delivery; null if it has been pruned in the meantime
     * @throws UserErrors NOT_FOUND; CONFLICT if there are no webhooks; LIMIT_REACHED
     */
    async ping(actor: Actor, botAgentId: string): Promise<WebhookDelivery | null> {
      return sendTest(actor, botAgentId, (actions) => {
        const action = actions[0]?.name
        if (!action) throw noWebhooks()
        return { action, additionalData: '{}' }
      })
    },

    /**
     * Sends a signed webhook that looks like one of an action, with the additional data that the bot agent asks for, and is marked as an
     * example. The bot agent need not listen to the action.
     * @param input in the form of exampleRules
     * @param written the JSON text of its `data`, as the caller wrote it
     * @returns as `ping` @throws as `ping`; UserErrors VALIDATION
     */
    async sendExample(
      actor: Actor,
      { botAgentId, ...input }: { botAgentId: string },
      written: string,
    ): Promise<WebhookDelivery | null> {
      const { action, data } = validate(exampleRules, input)
      const exampleData = data ? writtenData(action, written, data, MOST_EXAMPLE_BYTES) : exampleDataOf(action)
      return sendTest(actor, botAgentId, (actions) => {
        const asked = actions.find(({ name }) => name === action) ?? { additionalData: [] }
        return { action, exampleData, additionalData: JSON.stringify(additionalDataOf(asked, { chat: exampleChat })) }
      })
    },

    /**
     * Resumes webhooks that were paused or disabled. Deliveries that are HELD stay HELD until they are replayed.
     * @returns the id of the bot agent
     * @throws UserErrors NOT_FOUND; CONFLICT if there are no webhooks
     */
    enable(actor: Actor, botAgentId: string): Promise<string> {
      return changes.commit(async (change) => {
        const { state } = await lockOwn(change, actor, botAgentId)
        await store.enable(change, own(actor), botAgentId)
        const botAgent = { ...own(actor), id: botAgentId }
        if (state && state !== 'ACTIVE') {
          notices.append(change, 'WEBHOOKS_STATE', botAgent, { kind: 'ENABLED', was: state, by: 'enableWebhooks' })
        }
        await audit(change, actor, 'ENABLED', [botAgent])
        outbox.resume(change, botAgentId)
        return botAgentId
      })
    },
  }
}

/** @param entry of the topic WEBHOOK_DELIVERY */
export function updateOf({ data }: FeedEntry): WebhookDeliveryUpdate {
  return data as WebhookDeliveryUpdate
}

/** @param entry of the topics WEBHOOKS_STATE and WEBHOOKS_NOTICE */
export function noticeOf({ data }: FeedEntry): WebhooksNotice {
  return data as WebhooksNotice
}

function noWebhooks() {
  return userError('CONFLICT', ['botAgentId'], 'is the id of a bot agent that has no webhooks')
}

function withActions(webhooks: OwnWebhooks | undefined, botAgentId: string) {
  if (!webhooks)
    throw userError('NOT_FOUND', ['botAgentId'], `is not the id of one of your bot agents: ${quoted(botAgentId)}`)
  const { actions, state } = webhooks
  if (!actions) throw noWebhooks()
  return { actions, state }
}

import type { Slice } from '../contract/pagination.ts'
import { Prisma, type WebhooksState } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import type { Encryption } from '../database/encryption.ts'
import { detailOf, type StoredDetail } from '../deliveries/stored-detail.ts'
import { bodyOf } from '../deliveries/webhook-request.ts'
import { healthy } from '../deliveries/webhooks-health.ts'
import type { Change } from '../feed/change.ts'
import type { Reach } from '../identity/reach.ts'
import type { Viewer } from '../identity/viewer.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'
import type { WebhookSubscription } from '../webhooks/webhooks.ts'
import { deliveryPage, type ListOrder } from './delivery-list.ts'
import type { DeliverySelection } from './delivery-ranges.ts'
import { count, type Scanned, type ScanOptions, scan } from './delivery-scan.ts'
import { type EventReach, eventDeliveryCount, eventDeliveryPage } from './event-deliveries.ts'
import { attemptFor, type WebhookAttempt, type WebhookContent, type WebhookDelivery } from './webhook-delivery.ts'

/** A delivery in a list. */
export interface ListedDelivery extends WebhookDelivery {
  /** Its place in the order of creation among the deliveries of all licenses. */
  readonly number: bigint
}

/** The parts of a bot agent's webhooks that decide whether something may be sent. */
export interface OwnWebhooks {
  readonly actions: readonly Pick<WebhookSubscription, 'name' | 'additionalData'>[] | null
  readonly state: WebhooksState | null
}

/** Attempts that are shown of one delivery. */
const MOST_ATTEMPTS = 200
const LARGEST_INT = 2 ** 31 - 1

const columns = {
  id: true,
  licenseId: true,
  clientId: true,
  botAgentId: true,
  chatEventId: true,
  chatId: true,
  action: true,
  state: true,
  url: true,
  ping: true,
  confidential: true,
  attemptCount: true,
  failures: true,
  lastError: true,
  lastStatusCode: true,
  replayedAt: true,
  nextAttemptAt: true,
  createdAt: true,
  finishedAt: true,
} as const

const listed = Prisma.sql`delivery.id, delivery.number, license_id as "licenseId", client_id as "clientId",
  bot_agent_id as "botAgentId", chat_event_id as "chatEventId", chat_id as "chatId", action, delivery.state, url, ping, confidential,
  attempt_count as "attemptCount", failures, last_error as "lastError", last_status_code as "lastStatusCode", replayed_at as "replayedAt",
  next_attempt_at as "nextAttemptAt", created_at as "createdAt", finished_at as "finishedAt"`

/** Columns of `attempt`, and whether only the owner of the bot agent may see what the delivery carries. */
const ofAttempt = Prisma.sql`attempt.delivery_id as "deliveryId", attempt.number, started_at as "startedAt", duration_ms as "durationMs",
  status_code as "statusCode", error, attempt.replay, delivery.ping, lpad(to_hex(gateway), 8, '0') as gateway, confidential, response_body as "responseBody",
  response_body_cut as "responseBodyCut", detail`

type AttemptRow = Omit<WebhookAttempt, 'detail'> & {
  readonly confidential: boolean
  readonly detail: StoredDetail | null
}

function attemptOf({ detail, ...row }: AttemptRow): WebhookAttempt & { readonly confidential: boolean } {
  return { ...row, detail: detail && detailOf(detail, row) }
}

export function createWebhookDeliveryStore(options: { database: Database; encryption: Encryption }) {
  const { database, encryption } = options
  return {
    find(reach: Reach, ids: readonly string[]): Promise<WebhookDelivery[]> {
      return database.webhookDelivery.findMany({ select: columns, where: { ...reach, id: { in: [...ids] } } })
    },

    page(selection: DeliverySelection, slice: Slice<bigint>, order: ListOrder): Promise<ListedDelivery[]> {
      return database.$queryRaw<ListedDelivery[]>(deliveryPage(listed, selection, slice, order))
    },

    /** The next of a filtered list: see delivery-scan.ts. */
    scan(selection: DeliverySelection, options: ScanOptions): Promise<Scanned<ListedDelivery>> {
      return scan<ListedDelivery>(database, listed, selection, options)
    },

    /** How many deliveries a list has: see delivery-scan.ts. */
    count(selection: DeliverySelection, limits: { most: number; look: number }) {
      return count(database, selection, limits)
    },

    /** Those of one event, newest first. */
    pageOfEvent(within: EventReach, chatEventId: string, slice: Slice<bigint>): Promise<ListedDelivery[]> {
      return database.$queryRaw<ListedDelivery[]>(eventDeliveryPage(listed, within, chatEventId, slice))
    },

    /** How many there are of one event, counted up to a number. */
    async countOfEvent(within: EventReach, chatEventId: string, most: number) {
      const [row] = await database.$queryRaw<{ count: number }[]>(eventDeliveryCount(within, chatEventId, most + 1))
      const count = row?.count ?? 0
      return { count: Math.min(count, most), isExact: count <= most }
    },

    /**
     * Oldest first; of each delivery the last 200, because it may be replayed any number of times. The response to a confidential delivery
     * may quote it, so only the owner of the bot agent sees the response: see `attemptFor`.
     */
    async attempts(deliveryIds: readonly string[], viewer: Viewer): Promise<WebhookAttempt[]> {
      const rows = await database.$queryRaw<(AttemptRow & Required<Reach>)[]>`
        select ${ofAttempt}, license_id as "licenseId", client_id as "clientId"
        from webhook_delivery delivery cross join lateral (
          select * from webhook_attempt where delivery_id = delivery.id and number > attempt_count - ${MOST_ATTEMPTS}
        ) attempt
        where delivery.id = any(${deliveryIds})
        order by delivery_id, attempt.number`
      return rows.map(({ licenseId, clientId, ...row }) => attemptFor(viewer, attemptOf(row), { licenseId, clientId }))
    },

    /** How many milliseconds the last 200 attempts of each delivery took together. */
    durations(deliveryIds: readonly string[]): Promise<{ id: string; ms: number }[]> {
      return database.$queryRaw<{ id: string; ms: number }[]>`
        select delivery.id, least(ms, ${LARGEST_INT})::int as ms
        from webhook_delivery delivery cross join lateral (
          select coalesce(sum(duration_ms), 0) as ms from webhook_attempt
          where delivery_id = delivery.id and number > attempt_count - ${MOST_ATTEMPTS}
        ) attempt
        where delivery.id = any(${deliveryIds})`
    },

    /** What deliveries carry, as far as the application may read it, and its event is still kept. @returns each with its id and size */
    async contents(
      deliveryIds: readonly string[],
      clientId: string,
    ): Promise<{ id: string; size: number; content: WebhookContent }[]> {
      const rows = await database.$queryRaw<ContentRow[]>`
        select delivery.id, delivery.license_id as "licenseId", delivery.client_id as "clientId", bot_agent_id as "botAgentId", ping,
          example_data is not null as example, delivery.action, additional_data as "additionalData", secret_key as "sealed",
          coalesce(example_data, data, '{}') as data
        from webhook_delivery delivery left join chat_event on chat_event.id = chat_event_id
        where delivery.id = any(${deliveryIds}) and (not confidential or delivery.client_id = ${clientId})
          and (ping or chat_event.id is not null)`
      return rows.map((row) => {
        const { id, botAgentId, licenseId, clientId, sealed, data, additionalData } = row
        return {
          id,
          size: data.length + additionalData.length,
          content: {
            botAgent: { id: botAgentId, licenseId, clientId },
            secretKey: () => encryption.decrypt(sealed, botAgentId),
            body: (secretKey) => bodyOf(row, secretKey),
          },
        }
      })
    },

    /** Single attempts, with the response whoever may see it, and whether only the owner of the bot agent may. */
    async attemptsByNumber(
      wanted: readonly { deliveryId: string; number: number }[],
    ): Promise<(WebhookAttempt & { confidential: boolean })[]> {
      const rows = await database.$queryRaw<AttemptRow[]>`
        select ${ofAttempt}
        from unnest(${wanted.map(({ deliveryId }) => deliveryId)}::text[], ${wanted.map(({ number }) => number)}::int[])
            wanted (delivery_id, attempt)
          join webhook_attempt attempt on attempt.delivery_id = wanted.delivery_id and attempt.number = wanted.attempt
          join webhook_delivery delivery on delivery.id = wanted.delivery_id`
      return rows.map(attemptOf)
    },

    /** @returns the webhooks of a bot agent in reach; `undefined` if there is none */
    async webhooksOf(owner: Required<Reach>, botAgentId: string): Promise<OwnWebhooks | undefined> {
      const [row] = await database.$queryRaw<OwnWebhooks[]>(selectWebhooks(owner, botAgentId))
      return row
    },

    /** The same, of a bot agent that nobody else changes or removes until the change has ended. */
    async lockWebhooksOf(
      { transaction }: Change,
      owner: Required<Reach>,
      botAgentId: string,
    ): Promise<OwnWebhooks | undefined> {
      const select = selectWebhooks(owner, botAgentId)
      const [row] = await transaction.$queryRaw<OwnWebhooks[]>`${select} for no key update`
      return row
    },

    async enable({ transaction }: Change, owner: Required<Reach>, botAgentId: string): Promise<void> {
      await transaction.botAgent.update({ where: { ...owner, id: botAgentId }, data: healthy })
    },
  }
}

interface ContentRow {
  readonly id: string
  readonly licenseId: number
  readonly clientId: string
  readonly botAgentId: string
  readonly ping: boolean
  readonly example: boolean
  readonly action: WebhookAction
  readonly additionalData: string
  /** The secret key, encrypted. */
  readonly sealed: Uint8Array
  readonly data: string
}

function selectWebhooks({ licenseId, clientId }: Required<Reach>, botAgentId: string): Prisma.Sql {
  return Prisma.sql`
    select webhooks_actions as actions, webhooks_state as state from bot_agent
    where id = ${botAgentId} and license_id = ${licenseId} and client_id = ${clientId}`
}

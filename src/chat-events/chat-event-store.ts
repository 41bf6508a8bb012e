import { Prisma } from '../database/client/client.ts'
import type { Transaction } from '../database/database.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'

export interface ChatEvent {
  readonly id: string
  readonly licenseId: number
  readonly clientId: string
  readonly action: WebhookAction
  /** JSON as text, as it was given. */
  readonly data: string
  readonly matched: number
  /** The only application that may know of it; null: all of the license may. */
  readonly onlyClientId: string | null
  readonly createdAt: Date
}

/** A delivery to be made: the rest is the bot agent's. */
export interface NewDelivery {
  readonly id: string
  readonly botAgentId: string
  /** JSON as text. */
  readonly additionalData: string
  /** Whether only the application that owns the bot agent may know what it carries. */
  readonly confidential: boolean
}

/** The event, its deliveries and their feed entries, in one statement. */
export async function insertChatEvent(
  transaction: Transaction,
  event: Omit<ChatEvent, 'createdAt'>,
  deliveries: readonly NewDelivery[],
): Promise<ChatEvent> {
  const { id, licenseId, clientId, action, data, matched, onlyClientId } = event
  const [row] = await transaction.$queryRaw<{ createdAt: Date }[]>`
    with event as (
      insert into chat_event (id, license_id, client_id, action, data, matched, only_client_id)
      values (${id}, ${licenseId}, ${clientId}, ${action}::webhook_action, ${data}, ${matched}, ${onlyClientId})
      returning created_at
    ), ${making({ chatEventId: id, action, ping: false }, deliveries)}
    select created_at as "createdAt" from event`
  if (!row) throw new Error(`The chat event ${id} was not kept`)
  return { ...event, ...row }
}

/** Several events of one action, the deliveries of all of them, and their feed entries, in one statement. */
export async function insertChatEvents(
  transaction: Transaction,
  action: WebhookAction,
  events: readonly Omit<ChatEvent, 'createdAt' | 'action' | 'onlyClientId'>[],
  deliveries: readonly (NewDelivery & { readonly chatEventId: string })[],
): Promise<void> {
  await transaction.$executeRaw`
    with event as (
      insert into chat_event (id, license_id, client_id, action, data, matched)
      select id, "licenseId", "clientId", ${action}::webhook_action, data, matched
      from jsonb_to_recordset(${JSON.stringify(events)}::jsonb)
        as event(id text, "licenseId" int, "clientId" text, data text, matched int)
    ), ${making({ chatEventId: null, action, ping: false }, deliveries)}
    select from told`
}

/** A delivery without an event, to try a destination: PENDING, also for a bot agent whose webhooks are disabled. */
export async function insertPing(
  transaction: Transaction,
  action: WebhookAction,
  delivery: NewDelivery,
): Promise<void> {
  await transaction.$executeRaw`
    with ${making({ chatEventId: null, action, ping: true }, [delivery])} select from told`
}

/** Makes deliveries, with their feed entries: HELD for a bot agent whose webhooks are disabled. */
function making(
  { chatEventId, action, ping }: { chatEventId: string | null; action: WebhookAction; ping: boolean },
  deliveries: readonly NewDelivery[],
): Prisma.Sql {
  return Prisma.sql`made as (
    insert into webhook_delivery (id, license_id, client_id, bot_agent_id, chat_event_id, action, state, url, ping,
      additional_data, secret_key, confidential, next_attempt_at)
    select delivery.id, license_id, client_id, bot_agent.id, coalesce("chatEventId", ${chatEventId}), ${action}::webhook_action,
      case when held then 'HELD' else 'PENDING' end::webhook_delivery_state, webhooks_url, ${ping}, "additionalData",
      webhooks_secret_key, confidential, case when not held then clock_timestamp() end
    from jsonb_to_recordset(${JSON.stringify(deliveries)}::jsonb)
      as delivery(id text, "botAgentId" text, "additionalData" text, confidential boolean, "chatEventId" text)
    join bot_agent on bot_agent.id = delivery."botAgentId"
    cross join lateral (select webhooks_state = 'DISABLED' and not ${ping} as held) state
    where webhooks_url is not null
    returning id, license_id, client_id, bot_agent_id, state
  ), told as (
    insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
    select license_id, 'WEBHOOK_DELIVERY', client_id, bot_agent_id,
      jsonb_build_object('deliveryId', id, 'state', state, 'attempt', null)
    from made
    returning 1
  )`
}

/**
 * Takes the key for an event, or answers the event that has it already. Of calls at the same time one takes it, and the others
 * wait for its commit.
 */
export async function takeKey(
  transaction: Transaction,
  key: { licenseId: number; clientId: string; key: string },
  chatEventId: string,
): Promise<ChatEvent | undefined> {
  const taken = await transaction.$executeRaw`
    insert into chat_event_key (license_id, client_id, key, chat_event_id)
    values (${key.licenseId}, ${key.clientId}, ${key.key}, ${chatEventId})
    on conflict (license_id, client_id, key) do update
      set chat_event_id = excluded.chat_event_id, created_at = excluded.created_at
      where chat_event_key.created_at < clock_timestamp() - interval '24 hours'`
  if (taken === 1) return undefined
  const { chatEventId: first } = await transaction.chatEventKey.findUniqueOrThrow({
    where: { licenseId_clientId_key: key },
  })
  return transaction.chatEvent.findUniqueOrThrow({ where: { id: first } })
}

/** Takes back what waits for a bot agent that is removed or has no webhooks any more. */
export async function cancelDeliveries(transaction: Transaction, botAgentId: string): Promise<void> {
  await transaction.$executeRaw`
    with waiting as (
      select id from webhook_delivery where bot_agent_id = ${botAgentId} and state in ('PENDING', 'HELD')
      order by id for update
    ), cancelled as (
      update webhook_delivery delivery
      set state = 'CANCELLED', next_attempt_at = null, lease_id = null, leased_until = null, finished_at = clock_timestamp()
      from waiting where delivery.id = waiting.id
      returning delivery.id, license_id, client_id, bot_agent_id
    )
    insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
    select license_id, 'WEBHOOK_DELIVERY', client_id, bot_agent_id,
      jsonb_build_object('deliveryId', id, 'state', 'CANCELLED', 'attempt', null)
    from cancelled`
}

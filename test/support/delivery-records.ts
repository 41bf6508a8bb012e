import { setTimeout as delay } from 'node:timers/promises'
import { sql } from './database.ts'

/** What the database holds of a delivery. */
export interface DeliveryRecord {
  id: string
  botAgentId: string
  chatEventId: string
  state: string
  leased: boolean
  attemptCount: number
  attempts: { number: number; error: string | null; statusCode: number | null; responseBody: string | null }[]
}

/** Of all deliveries, as they were made. */
export function deliveryRecords(databaseUrl: string): Promise<DeliveryRecord[]> {
  return sql<DeliveryRecord>(
    databaseUrl,
    `select id, bot_agent_id as "botAgentId", chat_event_id as "chatEventId", state::text, lease_id is not null as leased,
       attempt_count as "attemptCount", attempts
     from webhook_delivery cross join lateral (
       select coalesce(jsonb_agg(jsonb_build_object('number', number, 'error', error, 'statusCode', status_code,
         'responseBody', response_body) order by number), '[]') as attempts
       from webhook_attempt where delivery_id = webhook_delivery.id
     ) attempt
     order by created_at, id`,
  )
}

/** Resolves when SQL answers a row. For what the gateway does without telling. */
export async function untilSql(databaseUrl: string, text: string, values?: unknown[]): Promise<void> {
  while ((await sql(databaseUrl, text, values)).length === 0) await delay(50)
}

/** Resolves when no delivery waits any more. */
export function untilDrained(databaseUrl: string): Promise<void> {
  return untilSql(databaseUrl, `select where not exists (select from webhook_delivery where state = 'PENDING')`)
}

/** As if all leases had run out: what is under way may be taken over. */
export async function runOutLeases(databaseUrl: string): Promise<void> {
  await sql(databaseUrl, `update webhook_delivery set leased_until = clock_timestamp() where leased_until is not null`)
}

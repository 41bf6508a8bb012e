import { setTimeout as delay } from 'node:timers/promises'
import { sql } from './database.ts'

/** A delivery and its attempts in the database. */
export interface DeliveryRecord {
  id: string
  botAgentId: string
  chatEventId: string
  state: string
  attemptCount: number
  attempts: { number: number; error: string | null; statusCode: number | null; responseBody: string | null }[]
}

/** All deliveries in the order of their creation. */
export function deliveryRecords(databaseUrl: string): Promise<DeliveryRecord[]> {
  return sql<DeliveryRecord>(
    databaseUrl,
    `select id, bot_agent_id as "botAgentId", chat_event_id as "chatEventId", state::text,
       attempt_count as "attemptCount", attempts
     from webhook_delivery cross join lateral (
       select coalesce(jsonb_agg(jsonb_build_object('number', number, 'error', error, 'statusCode', status_code,
         'responseBody', response_body) order by number), '[]') as attempts
       from webhook_attempt where delivery_id = webhook_delivery.id
     ) attempt
     order by created_at, id`,
  )
}

/** Resolves when a query returns a row. For what the gateway does not report. */
export async function untilSql(databaseUrl: string, text: string, values?: unknown[]): Promise<void> {
  while ((await sql(databaseUrl, text, values)).length === 0) await delay(50)
}

/** Resolves when no delivery is pending. */
export function untilDrained(databaseUrl: string): Promise<void> {
  return untilSql(databaseUrl, `select where not exists (select from webhook_delivery where state = 'PENDING')`)
}

/** Ends the sessions of workers, as the server does when it does not hear from them, so that others take over the deliveries. */
export async function endSessions(databaseUrl: string): Promise<void> {
  await sql(
    databaseUrl,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'bot-agent-gateway webhooks'`,
  )
}

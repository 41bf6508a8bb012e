import { newAuditId } from '../audit/audit-entry-store.ts'
import { Prisma } from '../database/client/client.ts'

/**
 * The parts of a statement that tell of deliveries whose attempts are used up. Each has a notice, and those of one bot agent share an
 * entry in the audit trail: a destination may give up many at a time. `gave_up` has a row for each of them, with its notice as `noticed`.
 * @param from the name of the part with the deliveries that were written. It returns `reportedColumns`, `attempt_count`, `ping`, and the
 *   `error` and `"statusCode"` of the attempt
 */
export function gaveUpParts(from: string): Prisma.Sql {
  return Prisma.sql`gave_up as materialized (
      select id, license_id, client_id, bot_agent_id, jsonb_build_object('botAgentId', bot_agent_id, 'notice', jsonb_build_object(
        'kind', 'GAVE_UP', 'attempts', attempt_count, 'error', error, 'statusCode', "statusCode", 'deliveryId', id)) as noticed
      from ${Prisma.raw(from)} where state = 'FAILED' and not ping
    ), told as (
      insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
      select license_id, 'WEBHOOKS_NOTICE', client_id, bot_agent_id, noticed -> 'notice' from gave_up
    ), audited as (
      insert into audit_entry (id, license_id, owner_client_id, bot_agent_id, action, gave_up)
      select ${newAuditId}, license_id, client_id, bot_agent_id, 'WEBHOOKS_GAVE_UP', count(*)::int
      from gave_up group by license_id, client_id, bot_agent_id)`
}

import { Prisma } from '../database/client/client.ts'
import type { Reach } from '../identity/reach.ts'

/** The columns of a `BotAgentRow`, of a table or part of a statement named `bot_agent`. */
export const botAgentColumns = `bot_agent.id, bot_agent.license_id as "licenseId", bot_agent.client_id as "clientId", name, avatar, status,
  max_chats_count as "maxChatsCount", default_group_priority as "defaultGroupPriority", groups, webhooks_url as "webhooksUrl",
  webhooks_secret_key as "webhooksSecretKey", webhooks_state as "webhooksState", webhooks_actions as "webhooksActions",
  webhooks_order as "webhooksOrder", webhooks_headers as "webhooksHeaders", webhooks_max_per_second as "webhooksMaxPerSecond",
  created_at as "createdAt", updated_at as "updatedAt"`

/** The time of an update, later than that of the one before: so `updated_at` tells any two updates apart. */
export const laterUpdate = Prisma.sql`greatest(clock_timestamp(), bot_agent.updated_at + interval '1 millisecond')`

/** A condition: only bot agents in reach. */
export function within({ licenseId, clientId }: Reach): Prisma.Sql {
  const license = Prisma.sql`license_id = ${licenseId}`
  return clientId === undefined ? license : Prisma.sql`${license} and client_id = ${clientId}`
}

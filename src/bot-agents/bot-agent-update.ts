import { auditPart } from '../audit/audit-entry-store.ts'
import type { Raising } from '../chat-events/chat-event-service.ts'
import { Prisma } from '../database/client/client.ts'
import type { Encryption } from '../database/encryption.ts'
import type { StatementChange } from '../feed/change.ts'
import type { Actor } from '../identity/actor.ts'
import { own } from '../identity/reach.ts'
import type { BotAgent, UpdateBotAgent } from './bot-agent.ts'
import { botAgentColumns, laterUpdate, within } from './bot-agent-columns.ts'
import { type BotAgentRow, botAgentOf } from './bot-agent-row.ts'

/** What an update sets when it leaves the webhooks alone. */
export type SettingsUpdate = Omit<UpdateBotAgent, 'webhooks' | 'expectedUpdatedAt'>

/**
 * Why nothing was written: the token is revoked, there is no such bot agent, somebody has locked it, it was updated meanwhile, or others
 * listen to its changes by now.
 */
export type NotUpdated = 'REVOKED' | 'NOT_FOUND' | 'LOCKED' | 'CONFLICT' | 'OUTDATED'

/**
 * Updates a bot agent of the actor's application, whose webhooks stay as they are, with one statement: it binds the token, writes the row,
 * the change in the feed, for a change of status its event and deliveries, and the audit trail. It does not wait for the lock of the row: a
 * statement that may append to the feed holds up streams while it waits.
 * @param options.bound the first step of the statement: whether the token is not revoked
 * @param options.expected when it must have been updated last; absent: at any time
 * @param options.raising absent if the status stays as it is
 */
export async function updateSettings(
  change: StatementChange,
  actor: Actor,
  id: string,
  settings: SettingsUpdate,
  options: {
    bound: Prisma.Sql
    expected: Date | undefined
    raising: Raising | undefined
    encryption: Encryption
  },
): Promise<BotAgent | NotUpdated> {
  const { bound, expected, raising, encryption } = options
  const isExpected = expected ? Prisma.sql`and locked.updated_at = ${expected}::timestamptz` : Prisma.empty
  const isOwn = Prisma.sql`id = ${id} and ${within(own(actor))}`
  const [row] = await change.transaction.$queryRaw<[Answer]>`
    with asked as materialized (
      select exists (select from bot_agent where ${isOwn}) as found, ${raising?.isCurrent ?? Prisma.sql`true`} as current
    ), token as materialized (
      select case when found and current then ${bound} end as valid from asked
    ), locked as materialized (
      select * from bot_agent where ${isOwn} and (select valid from token) for update skip locked
    ), updated as (
      update bot_agent set ${assignments(settings)}, access_token_hash = ${actor.accessTokenHash}, updated_at = ${laterUpdate}
      from locked where bot_agent.id = locked.id ${isExpected}
      returning bot_agent.*, locked.status as previous_status, ${changedFieldsPart(settings)} as changed_fields
    ), changed as (
      select * from updated where status <> previous_status
    ), told as (
      insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
      select license_id, case when status = previous_status then 'BOT_AGENT' else 'BOT_AGENT_STATUS' end::feed_topic, client_id, id,
        case when status = previous_status then jsonb_build_object('fields', changed_fields)
          else jsonb_build_object('status', status, 'previousStatus', previous_status, 'reason', 'UPDATED', 'fields', changed_fields)
        end
      from updated
    )${raising?.parts(change, Prisma.sql`changed`) ?? Prisma.empty}, audited as (${auditPart(actor, 'UPDATED', 'updated')})
    select current, valid, found, exists (select from locked) as locked, ${Prisma.raw(botAgentColumns)}
    from asked cross join token left join updated bot_agent on true`
  if (!row.current) return 'OUTDATED'
  if (row.valid === false) return 'REVOKED'
  if (row.id === null) return row.locked ? 'CONFLICT' : row.found ? 'LOCKED' : 'NOT_FOUND'
  change.appended()
  return botAgentOf(row, encryption)
}

type Answer = {
  readonly current: boolean
  readonly valid: boolean | null
  readonly found: boolean
  readonly locked: boolean
} & ({ readonly id: null } | BotAgentRow)

/** @returns the names of the fields that differ in the rows `locked` and `bot_agent`, as an array */
function changedFieldsPart(settings: SettingsUpdate): Prisma.Sql {
  const differs = Object.entries(columnOf).flatMap(([field, column]) =>
    settings[field as keyof SettingsUpdate] === undefined
      ? []
      : Prisma.sql`case when bot_agent.${Prisma.raw(column)} is distinct from locked.${Prisma.raw(column)} then ${field} end`,
  )
  return Prisma.sql`array_remove(array[${differs.length > 0 ? Prisma.join(differs) : Prisma.empty}]::text[], null)`
}

const columnOf = {
  name: 'name',
  avatar: 'avatar',
  status: 'status',
  maxChatsCount: 'max_chats_count',
  defaultGroupPriority: 'default_group_priority',
  groups: 'groups',
} as const satisfies Record<keyof SettingsUpdate, string>

function assignments({
  name,
  avatar,
  status,
  maxChatsCount,
  defaultGroupPriority,
  groups,
}: SettingsUpdate): Prisma.Sql {
  const set = [
    name !== undefined && Prisma.sql`name = ${name}`,
    avatar !== undefined && Prisma.sql`avatar = ${avatar}`,
    status !== undefined && Prisma.sql`status = ${status}::bot_agent_status`,
    maxChatsCount !== undefined && Prisma.sql`max_chats_count = ${maxChatsCount}`,
    defaultGroupPriority !== undefined &&
      Prisma.sql`default_group_priority = ${defaultGroupPriority}::default_group_priority`,
    groups !== undefined && Prisma.sql`groups = ${JSON.stringify(groups)}::jsonb`,
  ].filter((assignment) => assignment !== false)
  return set.length > 0 ? Prisma.join(set) : Prisma.sql`name = bot_agent.name`
}

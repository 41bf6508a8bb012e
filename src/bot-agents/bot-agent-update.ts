import { auditUpdated } from '../audit/audit-entry-store.ts'
import type { Raising } from '../chat-events/chat-event-service.ts'
import { Prisma } from '../database/client/client.ts'
import type { Encryption } from '../database/encryption.ts'
import type { StatementChange } from '../feed/change.ts'
import type { Actor } from '../identity/actor.ts'
import type { BotAgent, UpdateBotAgent } from './bot-agent.ts'
import { botAgentColumns, laterUpdate } from './bot-agent-columns.ts'
import { type BotAgentRow, botAgentOf } from './bot-agent-row.ts'

/** Whether the change of its status makes a bot agent listen to events, or stop. */
export function listensOrStops({ status, webhooks }: BotAgent, settings: SettingsUpdate): boolean {
  return (
    webhooks !== null && settings.status !== undefined && (settings.status === 'OFFLINE') !== (status === 'OFFLINE')
  )
}

/** What an update sets when it leaves the webhooks alone. */
export type SettingsUpdate = Omit<UpdateBotAgent, 'webhooks' | 'expectedUpdatedAt'>

/** One of the updates that a statement makes. */
export interface Updating {
  readonly actor: Actor
  readonly id: string
  readonly settings: SettingsUpdate
  /** When the bot agent must have been updated last; absent: at any time. */
  readonly expected: Date | undefined
  /** How the event of a new status is raised; absent if the status stays as it is. */
  readonly raising: Raising | undefined
}

/**
 * Why nothing was written: the token is revoked, there is no such bot agent, it was updated meanwhile, or others listen to its changes by
 * now. With `WAIT`, it has to be written by itself: it takes a lock that somebody else has, or a token that is used for the first time.
 */
export type NotUpdated = 'REVOKED' | 'NOT_FOUND' | 'CONFLICT' | 'OUTDATED' | 'WAIT'

/**
 * Updates bot agents of the actors' applications, whose webhooks stay as they are, with one statement: it holds the tokens, writes the rows,
 * the changes in the feed, for a change of status its event and deliveries, and the audit trail. It waits for no lock, neither of a token
 * nor of a bot agent nor of the listeners of a license: a statement that may append to the feed holds up streams while it waits.
 * @param updates of different bot agents. Only one that is alone may raise an event that reaches somebody
 * @param options.held the part of the statement that holds the tokens of the updates
 * @returns for each of them the bot agent as it is now, or why it was not written
 */
export async function updateSettings(
  change: StatementChange,
  updates: readonly Updating[],
  { held, encryption }: { held: Prisma.Sql; encryption: Encryption },
): Promise<readonly (BotAgent | NotUpdated)[]> {
  const parts = updates.map(({ raising }) => raising?.parts).find(Boolean)
  const rows = await change.transaction.$queryRaw<readonly Answer[]>`
    with asked as materialized (
      select wanted.*, not remembered or version is not distinct from
        (select version::text from listening where listening.license_id = wanted.license_id) as current
      -- Within a select, so that the planner does not see how long the lists are, and keeps one plan.
      from unnest(
        (select ${updates.map(({ id }) => id)}::text[]), (select ${updates.map(({ actor }) => actor.licenseId)}::int[]),
        (select ${updates.map(({ actor }) => actor.clientId)}::text[]), (select ${updates.map(({ actor }) => actor.accessToken.id)}::text[]),
        (select ${updates.map(({ actor }) => actor.address)}::text[]), (select ${updates.map(({ settings }) => JSON.stringify(settings))}::text[]),
        (select ${updates.map(({ expected }) => expected?.toISOString() ?? null)}::timestamptz[]),
        (select ${updates.map(({ raising }) => raising?.listeners !== undefined)}::bool[]),
        (select ${updates.map(({ raising }) => raising?.listeners?.version ?? null)}::text[])
      ) with ordinality as wanted(id, license_id, client_id, token, address, settings, expected, remembered, version, place)
    ), token as materialized (${held}
    ), locked as materialized (
      select bot_agent.*, place, token, address, set as settings, expected is null or updated_at = expected as fits,
        webhooks_url is not null and coalesce((set->>'status' = 'OFFLINE') <> (status = 'OFFLINE'), false) as listens_or_stops
      from asked cross join lateral (select settings::jsonb) given(set) cross join lateral (
        select * from bot_agent
        where bot_agent.id = asked.id and bot_agent.license_id = asked.license_id and bot_agent.client_id = asked.client_id
        offset 0 for no key update skip locked
      ) bot_agent
      -- All tokens are held before the first row is locked.
      where current and place = any((select array_agg(place) from token where valid)::bigint[])
    ), renewable as materialized (
      -- A trigger renews the version of these licenses, and would wait for others who do the same.
      select license_id from listening where license_id = any(array(select license_id from locked where listens_or_stops))
      for update skip locked
    ), updated as (
      update bot_agent set ${assignments}, access_token_hash = decode(token, 'hex'), updated_at = ${laterUpdate}
      from locked
      where bot_agent.id = locked.id and fits and (not listens_or_stops or locked.license_id in (select license_id from renewable))
      returning bot_agent.*, locked.status as previous_status, ${changedFields} as changed_fields, place, address
    ), changed as (
      select * from updated where status <> previous_status
    ), told as (
      insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
      select license_id, case when status = previous_status then 'BOT_AGENT' else 'BOT_AGENT_STATUS' end::feed_topic, client_id, id,
        case when status = previous_status then jsonb_build_object('fields', changed_fields)
          else jsonb_build_object('status', status, 'previousStatus', previous_status, 'reason', 'UPDATED', 'fields', changed_fields)
        end
      from updated order by place
    )${parts ? Prisma.sql`, ${parts(change, Prisma.sql`changed`)}` : Prisma.empty}, audited as (${auditUpdated})
    select current, token.valid, place in (select place from locked where not fits) as outdated, bot_agent.id is not null or exists (
        select from bot_agent where id = asked.id and license_id = asked.license_id and client_id = asked.client_id
      ) as found, ${Prisma.raw(botAgentColumns)}
    from asked join token using (place) left join updated bot_agent using (place)
    order by place`
  if (rows.some(({ id }) => id !== null)) change.appended()
  return rows.map((row) => {
    if (!row.current) return 'OUTDATED'
    if (!row.found) return 'NOT_FOUND'
    if (row.valid === false) return 'REVOKED'
    if (row.id === null) return row.outdated ? 'CONFLICT' : 'WAIT'
    return botAgentOf(row, encryption)
  })
}

type Answer = {
  readonly current: boolean
  /** Whether the token is held; null if it has to be bound. */
  readonly valid: boolean | null
  readonly found: boolean
  /** Whether it was updated since it was expected to be. */
  readonly outdated: boolean
} & ({ readonly id: null } | BotAgentRow)

/** What is read out of the JSON of an update, and where it is stored. */
const columnOf = {
  name: { column: 'name', given: "settings->>'name'" },
  avatar: { column: 'avatar', given: "settings->>'avatar'" },
  status: { column: 'status', given: "(settings->>'status')::bot_agent_status" },
  maxChatsCount: { column: 'max_chats_count', given: "(settings->>'maxChatsCount')::int" },
  defaultGroupPriority: {
    column: 'default_group_priority',
    given: "(settings->>'defaultGroupPriority')::default_group_priority",
  },
  groups: { column: 'groups', given: "settings->'groups'" },
} satisfies Record<keyof SettingsUpdate, { column: string; given: string }>

const settable = Object.entries(columnOf)

/** Sets what a row of `locked` has in its `settings`. */
const assignments = Prisma.raw(
  settable
    .map(
      ([field, { column, given }]) =>
        `${column} = case when settings ? '${field}' then ${given} else bot_agent.${column} end`,
    )
    .join(', '),
)

/** The names of the fields that differ in the rows `locked` and `bot_agent`, as an array. */
const changedFields = Prisma.raw(
  `array_remove(array[${settable
    .map(([field, { column }]) => `case when bot_agent.${column} is distinct from locked.${column} then '${field}' end`)
    .join(', ')}], null)`,
)

import { newId } from '../contract/identifier.ts'
import type { Place, Slice } from '../contract/pagination.ts'
import { type AuditAction, Prisma } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'
import type { Change } from '../feed/change.ts'
import type { By } from '../identity/actor.ts'
import type { Reach } from '../identity/reach.ts'
import { type AuditEntry, type Audited, secretReadId } from './audit-entry.ts'

/** Rows of one removal. */
const BATCH = 500

/** Rows of `audit_entry`. */
export function createAuditEntryStore({ database }: { database: Database }) {
  return {
    /** Newest first. @param botAgentIds only of these; absent: of all */
    page(
      reach: Required<Reach>,
      botAgentIds: readonly string[] | undefined,
      slice: Slice<Place>,
    ): Promise<AuditEntry[]> {
      const entries = botAgentIds ? ofBotAgents(reach, botAgentIds, slice) : ofApplication(reach, slice)
      return database.$queryRaw<AuditEntry[]>`
        select id, license_id as "licenseId", owner_client_id as "ownerClientId", bot_agent_id as "botAgentId", action, replayed,
          gave_up as "gaveUp", client_id as "clientId", access_token_hash as "accessTokenHash", address, created_at as "createdAt"
        from (${entries}) entry order by created_at desc, id desc`
    },

    find({ licenseId, clientId: ownerClientId }: Required<Reach>, ids: readonly string[]): Promise<AuditEntry[]> {
      return database.auditEntry.findMany({ where: { licenseId, ownerClientId, id: { in: [...ids] } } })
    },

    /** Records that the secrets of the bot agents are read, unless there is an entry already. */
    async insertSecretReads(by: By, botAgents: readonly Audited[]): Promise<void> {
      const data = botAgents.map((botAgent) => row(secretReadId(by, botAgent, Date.now()), by, 'SECRET_READ', botAgent))
      await database.auditEntry.createMany({ data, skipDuplicates: true })
    },

    /** Removes entries that are older than `milliseconds`, in small transactions. @returns how many */
    prune(milliseconds: number): Promise<number> {
      return inBatches(
        BATCH,
        () => database.$executeRaw`
          delete from audit_entry where id = any(array(
            select id from audit_entry
            where created_at < (select clock_timestamp() - ${milliseconds} * interval '1 millisecond') order by created_at
            limit ${BATCH} for update skip locked))`,
      )
    },
  }
}

/**
 * For a limit of `most` in a minute. To be called while the row of the bot agent is locked, and before the next entry: then no two changes
 * count at the same time, on whichever gateways, and the limit is exact.
 * @returns when there are fewer than `most` entries of the last minute again; `undefined` if there are fewer now
 */
export async function freeAgain(
  { transaction }: Change,
  { botAgentId, action, most }: { botAgentId: string; action: AuditAction; most: number },
): Promise<Date | undefined> {
  const [full] = await transaction.$queryRaw<{ free: Date }[]>`
    select created_at + interval '1 minute' as free from audit_entry
    where bot_agent_id = ${botAgentId} and created_at > (select clock_timestamp() - interval '1 minute')
      and action = ${action}::audit_action
    order by bot_agent_id desc, created_at desc, id desc offset ${most - 1} limit 1`
  return full?.free
}

function ofApplication({ licenseId, clientId }: Required<Reach>, slice: Slice<Place>): Prisma.Sql {
  const { after, before, take } = slice
  const older = after && Prisma.sql`(created_at, id) < (${after.createdAt}, ${after.id})`
  const newer = before && Prisma.sql`(created_at, id) > (${before.createdAt}, ${before.id})`
  return Prisma.sql`
    select * from audit_entry
    where license_id = ${licenseId} and owner_client_id = ${clientId} ${and(older)} ${and(newer)}
    order by ${nearest(slice, ['created_at', 'id'])} limit ${take}`
}

/**
 * Entries of some bot agents, merged from one range of the index for each of them. All entries of a bot agent have the same owner, so the
 * last one tells whether they may be read.
 */
function ofBotAgents(
  { licenseId, clientId }: Required<Reach>,
  botAgentIds: readonly string[],
  slice: Slice<Place>,
): Prisma.Sql {
  const { after, before, take } = slice
  // As ranges, sorted by all columns of the index: else a plan may look through all entries for those of a bot agent that has none.
  const from = before
    ? Prisma.sql`(bot_agent_id, created_at, id) > (bot_agent.id, ${before.createdAt}, ${before.id})`
    : Prisma.sql`bot_agent_id >= bot_agent.id`
  const to = after
    ? Prisma.sql`(bot_agent_id, created_at, id) < (bot_agent.id, ${after.createdAt}, ${after.id})`
    : Prisma.sql`bot_agent_id <= bot_agent.id`
  const isOfBotAgent = Prisma.sql`bot_agent_id between bot_agent.id and bot_agent.id`
  const inIndex = ['bot_agent_id', 'created_at', 'id']
  return Prisma.sql`
    select entry.* from (select distinct unnest(${[...botAgentIds]}::text[]) as id) bot_agent
    cross join lateral (
      select from (
        select license_id, owner_client_id from audit_entry
        where ${isOfBotAgent} order by bot_agent_id desc, created_at desc, id desc limit 1
      ) last
      where license_id = ${licenseId} and owner_client_id = ${clientId}
    ) own
    cross join lateral (
      select * from audit_entry where ${isOfBotAgent} and ${from} and ${to} order by ${nearest(slice, inIndex)} limit ${take}
    ) entry
    order by ${nearest(slice, ['entry.created_at', 'entry.id'])} limit ${take}`
}

/** The order in which a slice of a list, newest first, takes its entries. */
function nearest({ backwards }: Slice<Place>, columns: readonly string[]): Prisma.Sql {
  return Prisma.raw(columns.map((column) => (backwards ? column : `${column} desc`)).join(', '))
}

function and(condition: Prisma.Sql | undefined): Prisma.Sql {
  return condition ? Prisma.sql`and ${condition}` : Prisma.empty
}

/** Records an action on each of the bot agents, as part of the change. */
export async function audit(
  { transaction }: Change,
  by: By,
  action: Exclude<AuditAction, 'REPLAYED' | 'SECRET_READ' | `WEBHOOKS_${string}`>,
  botAgents: readonly Audited[],
): Promise<void> {
  const data = botAgents.map((botAgent) => row(newId('aud_'), by, action, botAgent))
  await transaction.auditEntry.createMany({ data })
}

/** A new id, as SQL: as `newId` makes it, another one for each row. */
export const newAuditId = Prisma.sql`'aud_' || lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0')
  || left(gen_random_uuid()::text, 8) || right(gen_random_uuid()::text, 12)`

/** The part of a statement that does the same for what `updated` returns: bot agents that their owners changed, each with its `address`. */
export const auditUpdated = Prisma.sql`
  insert into audit_entry (id, license_id, owner_client_id, bot_agent_id, action, client_id, access_token_hash, address)
  select ${newAuditId}, license_id, client_id, id, 'UPDATED', client_id, access_token_hash, address from updated`

function row(id: string, by: By, action: AuditAction, botAgent: Audited) {
  const { clientId, accessTokenHash, address } = by
  const { id: botAgentId, licenseId, clientId: ownerClientId } = botAgent
  return { id, licenseId, ownerClientId, botAgentId, action, clientId, accessTokenHash, address }
}

/**
 * The part of a statement that records a replay. Another part, `replayed`, has a row for each delivery. A replay that takes several
 * statements is one entry, and each statement adds its deliveries to it. A replay without deliveries is not recorded.
 */
export function auditReplay(by: By, { id, botAgent }: { id: string; botAgent: Audited }): Prisma.Sql {
  const { licenseId, clientId: ownerClientId, id: botAgentId } = botAgent
  const { clientId, accessTokenHash, address } = by
  return Prisma.sql`
    insert into audit_entry
      (id, license_id, owner_client_id, bot_agent_id, action, replayed, client_id, access_token_hash, address)
    select ${id}, ${licenseId}, ${ownerClientId}, ${botAgentId}, 'REPLAYED', count(*)::int, ${clientId},
      ${accessTokenHash}::bytea, ${address}
    from replayed having count(*) > 0
    on conflict (id) do update set replayed = audit_entry.replayed + excluded.replayed`
}

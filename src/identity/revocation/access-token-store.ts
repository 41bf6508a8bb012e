import { Prisma } from '../../database/client/client.ts'
import type { Database } from '../../database/database.ts'
import type { Change } from '../../feed/change.ts'
import type { Caller } from '../unauthenticated.ts'
import type { AccessToken, Viewer } from '../viewer.ts'
import type { Revocation } from './revocations.ts'

/** A logout token that was used before. */
export class Replayed extends Error {
  override name = 'Replayed'
}

/** A recorded token that a revocation covers. */
export interface CoveredToken {
  readonly hash: Uint8Array
  /** `null` if its issuer does not say. */
  readonly issuedAt: Date | null
  readonly expiresAt: Date
}

export interface LogoutTokenHashes {
  readonly hashes: readonly string[]
  readonly keptUntil: Date
}

type Known = Pick<AccessToken, 'id' | 'ownKeys'>

/** Rows of `access_token`, `token_revocation` and `logout_token`. */
export type AccessTokenStore = ReturnType<typeof createAccessTokenStore>

export function createAccessTokenStore({ database }: { database: Database }) {
  return {
    /** Keeps uses of a token and its revocation apart: uses share the lock, a revocation needs it exclusively. */
    async lockShared({ transaction }: Change, keys: readonly string[]): Promise<void> {
      await transaction.$queryRaw`
        select pg_advisory_xact_lock_shared(hashtextextended('access token ' || key, 0))::text
        from unnest(${inOrder(keys)}::text[]) as key`
    },

    async lockExclusive({ transaction }: Change, keys: readonly string[]): Promise<void> {
      await transaction.$queryRaw`
        select pg_advisory_xact_lock(hashtextextended('access token ' || key, 0))::text
        from unnest(${inOrder(keys)}::text[]) as key`
    },

    /** Records the token, and keeps it from being revoked until the change ends. @returns whether it is not revoked */
    async bind({ transaction }: Change, viewer: Viewer): Promise<boolean> {
      const { accessToken, expiresAt } = viewer
      const { id, issuedAt = null, revocationKeys } = accessToken
      const [row] = await transaction.$queryRaw<[{ valid: boolean }]>`
        select bind_access_token(${Buffer.from(id, 'hex')}, ${bytes(inOrder(revocationKeys))}::bytea[],
          ${issuedAt}::timestamptz, ${expiresAt}::timestamptz) as valid`
      return row.valid
    },

    /** @returns the time of issue that is on record for a token that does not contain it; older versions recorded the epoch */
    async recordedIssue({ transaction }: Change, { ownKeys }: Pick<AccessToken, 'ownKeys'>): Promise<Date | undefined> {
      const [row] = await transaction.$queryRaw<{ issuedAt: Date }[]>`
        select issued_at as "issuedAt" from access_token
        where hash = any(${bytes(ownKeys)}::bytea[]) and issued_at is not null limit 1`
      return row?.issuedAt
    },

    /** Stores the revocation. Two revocations with the same key are merged into one that revokes what either does. */
    async insertRevocation({ transaction }: Change, revocation: Revocation): Promise<void> {
      const { key, issuedUntil, keptUntil } = revocation
      await transaction.$executeRaw`
        insert into token_revocation (key, issued_until, kept_until) values (${Buffer.from(key, 'hex')}, ${issuedUntil}, ${keptUntil})
        on conflict (key) do update set
          issued_until = case when token_revocation.issued_until is null or excluded.issued_until is null then null
            else greatest(token_revocation.issued_until, excluded.issued_until) end,
          kept_until = greatest(token_revocation.kept_until, excluded.kept_until)`
    },

    /** To be called under the lock: a token that does not say when it was issued is covered if it was recorded before. */
    coveredBy({ transaction }: Change, { key, issuedUntil }: Revocation): Promise<CoveredToken[]> {
      return transaction.$queryRaw<CoveredToken[]>`
        select hash, issued_at as "issuedAt", expires_at as "expiresAt" from access_token
        where revocation_keys @> array[${Buffer.from(key, 'hex')}::bytea]
          and (${issuedUntil}::timestamptz is null or issued_at is null or issued_at <= ${issuedUntil})`
    },

    /** @returns the record of the token, by any of its own keys, unless the token expires within `margin` milliseconds */
    async findUnexpired(
      ownKeys: readonly string[],
      margin: number,
    ): Promise<{ readonly expiresAt: Date; readonly caller: Caller | undefined } | undefined> {
      const [row] = await database.$queryRaw<{ expiresAt: Date; licenseId: number | null; clientId: string | null }[]>`
        select expires_at as "expiresAt", license_id as "licenseId", client_id as "clientId"
        from access_token left join bot_agent on access_token_hash = hash and status <> 'OFFLINE'
        where hash = any(${bytes(ownKeys)}::bytea[])
          and expires_at > clock_timestamp() + ${margin} * interval '1 millisecond'
        order by expires_at desc, license_id limit 1`
      if (!row) return undefined
      const { expiresAt, licenseId, clientId } = row
      // A bot agent can only be logged in by its own application.
      return { expiresAt, caller: licenseId === null || clientId === null ? undefined : { licenseId, clientId } }
    },

    /** @throws Replayed */
    async takeLogoutToken({ transaction }: Change, { hashes, keptUntil }: LogoutTokenHashes): Promise<void> {
      const taken = await transaction.$executeRaw`
        insert into logout_token (hash, kept_until)
        select hash, ${keptUntil} from unnest(${bytes(inOrder(hashes))}::bytea[]) as hash on conflict do nothing`
      if (taken < hashes.length) throw new Replayed('The logout token was used before.')
    },

    /**
     * Claims those of the tokens that this gateway should ask about: bot agents are logged in with them, and no gateway has asked about
     * them for `period` milliseconds.
     * @returns the ids of the claimed tokens, and `loggedIn`: the ids of all tokens that bot agents are logged in with
     */
    async claimForIntrospection(
      tokens: readonly Known[],
      period: number,
    ): Promise<{ claimed: ReadonlySet<string>; loggedIn: ReadonlySet<string> }> {
      const own = tokens.flatMap(({ id, ownKeys }) => ownKeys.map((key) => ({ id, key })))
      const rows = await database.$queryRaw<{ id: string; claimed: boolean }[]>`
        with logged_in as (
          select id, hash from access_token join unnest(
            ${own.map(({ id }) => id)}::text[], ${bytes(own.map(({ key }) => key))}::bytea[]
          ) as own (id, key) on hash = key
          where exists (select from bot_agent where access_token_hash = hash and status <> 'OFFLINE')
        ), claimed as (
          update access_token set checked_at = clock_timestamp() from logged_in
          where access_token.hash = logged_in.hash and checked_at < clock_timestamp() - ${period} * interval '1 millisecond'
          returning logged_in.id
        )
        select id, id in (select id from claimed) as claimed from logged_in`
      const idsOf = (some: typeof rows) => new Set(some.map(({ id }) => id))
      return { claimed: idsOf(rows.filter(({ claimed }) => claimed)), loggedIn: idsOf(rows) }
    },

    /** Notes that this gateway is asking about these tokens, so that the others need not. */
    async noteIntrospection(tokens: readonly Known[]): Promise<void> {
      await database.$executeRaw`
        update access_token set checked_at = clock_timestamp()
        where hash = any(${bytes(tokens.flatMap(({ ownKeys }) => ownKeys))}::bytea[])`
    },

    /** Removes what is no longer needed: expired tokens with which no bot agent is logged in, their revocations, and old logout tokens. */
    async prune(): Promise<void> {
      await database.$executeRaw`
        delete from access_token where expires_at < (select clock_timestamp() - interval '1 day')
          and not exists (select from bot_agent where access_token_hash = hash and status <> 'OFFLINE')`
      await database.$executeRaw`delete from token_revocation where kept_until < (select clock_timestamp())`
      await database.$executeRaw`delete from logout_token where kept_until < (select clock_timestamp())`
    },
  }
}

/**
 * The part of a statement that keeps tokens of several callers from being revoked until the transaction ends, as `bind`, but waits for
 * nobody. It returns a row for each, by its `place` from 1 on: whether it is `valid`; null if only `bind` can tell.
 */
export function holdTokens(viewers: readonly Viewer[]): Prisma.Sql {
  const tokens = viewers.map(({ accessToken }) => accessToken)
  const keys = tokens.flatMap(({ revocationKeys }, index) => revocationKeys.map((key) => ({ key, place: index + 1 })))
  return Prisma.sql`select place, valid from hold_access_tokens(
    ${tokens.map(({ id }) => id)}::text[], ${tokens.map(({ issuedAt }) => issuedAt?.getTime() ?? null)}::bigint[],
    ${viewers.map(({ expiresAt }) => expiresAt.getTime())}::bigint[],
    ${keys.map(({ key }) => key)}::text[], ${keys.map(({ place }) => place)}::int[])`
}

/** Everyone takes these locks in the same order, so that there are no deadlocks. */
function inOrder(keys: readonly string[]): string[] {
  return [...new Set(keys)].sort()
}

function bytes(keys: readonly string[]): Buffer[] {
  return keys.map((key) => Buffer.from(key, 'hex'))
}

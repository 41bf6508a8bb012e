import type { Database, Transaction } from '../database/database.ts'
import type { Revocation } from './revocations.ts'
import type { Viewer } from './viewer.ts'

/** A logout token that was taken in before. */
export class Replayed extends Error {
  override name = 'Replayed'
}

/** Makes a use of a token and its revocation go one after the other: who uses it shares the lock, who revokes it is alone. */
export async function lockShared(transaction: Transaction, keys: readonly string[]): Promise<void> {
  await transaction.$queryRaw`
    select pg_advisory_xact_lock_shared(hashtextextended('access token ' || key, 0))::text
    from unnest(${inOrder(keys)}::text[]) as key`
}

export async function lockAlone(transaction: Transaction, keys: readonly string[]): Promise<void> {
  await transaction.$queryRaw`
    select pg_advisory_xact_lock(hashtextextended('access token ' || key, 0))::text
    from unnest(${inOrder(keys)}::text[]) as key`
}

/** Writes down what is known of the token, unless it is revoked: answers whether it is not. To be called under the shared lock. */
export async function record(transaction: Transaction, { accessToken, expiresAt }: Viewer): Promise<boolean> {
  const { id, issuedAt, revocationKeys } = accessToken
  const [row] = await transaction.$queryRaw<[{ revoked: boolean }]>`
    with revoked as (
      select from token_revocation
      where key = any(${bytes(revocationKeys)}::bytea[]) and (issued_until is null or issued_until >= ${issuedAt})
    ), recorded as (
      insert into access_token (hash, revocation_keys, issued_at, expires_at)
      select ${Buffer.from(id, 'hex')}, ${bytes(revocationKeys)}::bytea[], ${issuedAt}, ${expiresAt}
      where not exists (select from revoked)
      on conflict (hash) do nothing
    )
    select exists (select from revoked) as revoked`
  return !row.revoked
}

/** Keeps the revocation; of two with the same key, what either means. */
export async function insertRevocation(transaction: Transaction, revocation: Revocation): Promise<void> {
  const { key, issuedUntil, keptUntil } = revocation
  await transaction.$executeRaw`
    insert into token_revocation (key, issued_until, kept_until) values (${Buffer.from(key, 'hex')}, ${issuedUntil}, ${keptUntil})
    on conflict (key) do update set
      issued_until = case when token_revocation.issued_until is null or excluded.issued_until is null then null
        else greatest(token_revocation.issued_until, excluded.issued_until) end,
      kept_until = greatest(token_revocation.kept_until, excluded.kept_until)`
}

/** The hashes of the tokens that a revocation means, as far as bot agents hang on them. */
export async function meantBy(transaction: Transaction, { key, issuedUntil }: Revocation): Promise<Uint8Array[]> {
  const own = Buffer.from(key, 'hex')
  const rows = await transaction.$queryRaw<{ hash: Uint8Array }[]>`
    select hash from access_token
    where revocation_keys @> array[${own}::bytea] and (${issuedUntil}::timestamptz is null or issued_at <= ${issuedUntil})`
  // A bot agent of before there was this table knows its token by that very key.
  return [own, ...rows.map(({ hash }) => hash)]
}

export interface LogoutTokenHashes {
  readonly hashes: readonly string[]
  readonly keptUntil: Date
}

/** @throws Replayed */
export async function takeLogoutToken(
  transaction: Transaction,
  { hashes, keptUntil }: LogoutTokenHashes,
): Promise<void> {
  const taken = await transaction.$executeRaw`
    insert into logout_token (hash, kept_until)
    select hash, ${keptUntil} from unnest(${bytes(inOrder(hashes))}::bytea[]) as hash on conflict do nothing`
  if (taken < hashes.length) throw new Replayed('The logout token was taken in before.')
}

/**
 * Of these tokens those that this gateway is to ask about: bot agents are logged in with them, and no gateway has asked for
 * `period` milliseconds. `loggedIn` are all of them that bot agents hang on.
 */
export async function claimForIntrospection(
  database: Database,
  ids: readonly string[],
  period: number,
): Promise<{ claimed: ReadonlySet<string>; loggedIn: ReadonlySet<string> }> {
  const rows = await database.$queryRaw<{ id: string; claimed: boolean }[]>`
    with logged_in as (
      select hash from access_token
      where hash = any(${bytes(ids)}::bytea[])
        and exists (select from bot_agent where access_token_hash = hash and status <> 'OFFLINE')
    ), claimed as (
      update access_token set checked_at = clock_timestamp() from logged_in
      where access_token.hash = logged_in.hash and checked_at < clock_timestamp() - ${period} * interval '1 millisecond'
      returning access_token.hash
    )
    select encode(hash, 'hex') as id, hash in (select hash from claimed) as claimed from logged_in`
  const idsOf = (of: typeof rows) => new Set(of.map(({ id }) => id))
  return { claimed: idsOf(rows.filter(({ claimed }) => claimed)), loggedIn: idsOf(rows) }
}

/** This gateway asks about them anyway: the others need not. */
export async function noteIntrospection(database: Database, ids: readonly string[]): Promise<void> {
  await database.$executeRaw`
    update access_token set checked_at = clock_timestamp() where hash = any(${bytes(ids)}::bytea[])`
}

/** Removes what matters no more: tokens that have ended and on which no bot agent hangs, revocations of such, old logout tokens. */
export async function prune(database: Database): Promise<void> {
  await database.$executeRaw`
    delete from access_token where expires_at < clock_timestamp() - interval '1 day'
      and not exists (select from bot_agent where access_token_hash = hash and status <> 'OFFLINE')`
  await database.$executeRaw`delete from token_revocation where kept_until < clock_timestamp()`
  await database.$executeRaw`delete from logout_token where kept_until < clock_timestamp()`
}

/** Whoever takes several of the locks takes them in the same order. */
function inOrder(keys: readonly string[]): string[] {
  return [...new Set(keys)].sort()
}

function bytes(keys: readonly string[]): Buffer[] {
  return keys.map((key) => Buffer.from(key, 'hex'))
}

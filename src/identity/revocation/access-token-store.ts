import type { Database, Transaction } from '../../database/database.ts'
import type { Caller } from '../unauthenticated.ts'
import type { AccessToken, Viewer } from '../viewer.ts'
import type { Revocation } from './revocations.ts'

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

export async function lockExclusive(transaction: Transaction, keys: readonly string[]): Promise<void> {
  await transaction.$queryRaw`
    select pg_advisory_xact_lock(hashtextextended('access token ' || key, 0))::text
    from unnest(${inOrder(keys)}::text[]) as key`
}

/**
 * Writes down what is known of the token, unless it is revoked. To be called under the shared lock.
 * @returns whether it is not revoked
 */
export async function record(transaction: Transaction, { accessToken, expiresAt }: Viewer): Promise<boolean> {
  const { id, issuedAt = null, revocationKeys } = accessToken
  const [row] = await transaction.$queryRaw<[{ revoked: boolean }]>`
    with revoked as (
      select from token_revocation
      where key = any(${bytes(revocationKeys)}::bytea[]) and (issued_until is null or issued_until >= ${issuedAt}::timestamptz)
    ), recorded as (
      insert into access_token (hash, revocation_keys, issued_at, expires_at)
      select ${Buffer.from(id, 'hex')}, ${bytes(revocationKeys)}::bytea[], ${issuedAt}::timestamptz, ${expiresAt}::timestamptz
      where not exists (select from revoked)
      on conflict (hash) do update set expires_at = excluded.expires_at where access_token.expires_at < excluded.expires_at
    )
    select exists (select from revoked) as revoked`
  return !row.revoked
}

/** The moment of issue that is on record for a token that does not say it: from when `epoch` stood for that. */
export async function recordedIssue(
  transaction: Transaction,
  { ownKeys }: Pick<AccessToken, 'ownKeys'>,
): Promise<Date | undefined> {
  const [row] = await transaction.$queryRaw<{ issuedAt: Date }[]>`
    select issued_at as "issuedAt" from access_token
    where hash = any(${bytes(ownKeys)}::bytea[]) and issued_at is not null limit 1`
  return row?.issuedAt
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

/** Of a token that a revocation means, as far as the database knows of it. */
export interface Meant {
  readonly hash: Uint8Array
  /** `null` where its issuer does not say. */
  readonly issuedAt: Date | null
  readonly expiresAt: Date
}

/** To be called under the lock: a token that does not say when it was issued is meant if it was seen before. */
export function meantBy(transaction: Transaction, { key, issuedUntil }: Revocation): Promise<Meant[]> {
  return transaction.$queryRaw<Meant[]>`
    select hash, issued_at as "issuedAt", expires_at as "expiresAt" from access_token
    where revocation_keys @> array[${Buffer.from(key, 'hex')}::bytea]
      and (${issuedUntil}::timestamptz is null or issued_at is null or issued_at <= ${issuedUntil})`
}

/** What is on record of the token, by any of its own keys, unless it is to end by itself within `margin` milliseconds. */
export async function findUnexpired(
  database: Database,
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
  // Only its own application logs in a bot agent.
  return { expiresAt, caller: licenseId === null || clientId === null ? undefined : { licenseId, clientId } }
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

type Known = Pick<AccessToken, 'id' | 'ownKeys'>

/**
 * Of these tokens those that this gateway is to ask about: bot agents are logged in with them, and no gateway has asked for
 * `period` milliseconds. `loggedIn` are all of them that bot agents are logged in with, under whichever of their own keys.
 */
export async function claimForIntrospection(
  database: Database,
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
  const idsOf = (of: typeof rows) => new Set(of.map(({ id }) => id))
  return { claimed: idsOf(rows.filter(({ claimed }) => claimed)), loggedIn: idsOf(rows) }
}

/** This gateway asks about them anyway: the others need not. */
export async function noteIntrospection(database: Database, tokens: readonly Known[]): Promise<void> {
  await database.$executeRaw`
    update access_token set checked_at = clock_timestamp()
    where hash = any(${bytes(tokens.flatMap(({ ownKeys }) => ownKeys))}::bytea[])`
}

/** Removes what matters no more: tokens that have ended and on which no bot agent hangs, revocations of such, old logout tokens. */
export async function pruneTokens(database: Database): Promise<void> {
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

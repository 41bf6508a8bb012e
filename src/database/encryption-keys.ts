import type { Logger } from 'pino'
import { Prisma } from './client/client.ts'
import type { Database, Transaction } from './database.ts'
import type { Encryption } from './encryption.ts'

/** Where secrets are stored, and the column with their owner. The names become part of SQL: they are constants, never input. */
export interface EncryptedColumn {
  readonly table: string
  readonly column: string
  readonly owner: string
}

interface Secret {
  readonly id: string
  readonly owner: string
  readonly sealed: Uint8Array
}

const BATCH = 500
/** How long a key counts as in use after a gateway last reported it. Each gateway reports its key once a minute. */
const IN_USE_MINUTES = 5

/** Records in the database which keys its secrets are encrypted with, and rotates from one key to the next. */
export function createEncryptionKeys(options: {
  database: Database
  encryption: Encryption
  encryptedColumns: readonly EncryptedColumn[]
  log: Logger
}) {
  const { database, encryption, encryptedColumns, log } = options
  const [current] = encryption.keyIds
  const isUnknown = (id: string) => !encryption.keyIds.includes(id)

  async function rotate(signal: AbortSignal): Promise<void> {
    await noteCurrent(database, current)
    const others = await database.$queryRaw<{ id: string; inUse: boolean }[]>`
      select id, present_at > clock_timestamp() - ${IN_USE_MINUTES} * interval '1 minute' as "inUse"
      from encryption_key where id <> ${current}`
    const unknown = others.map(({ id }) => id).filter(isUnknown)
    if (unknown.length > 0) {
      log.error({ keys: unknown }, 'another gateway encrypts with a key that this one does not have')
    }
    // Otherwise two gateways with different keys would undo each other's work.
    if (others.length === 0 || unknown.length > 0 || others.some(({ inUse }) => inUse)) return
    const result = await reencryptAll(signal)
    if (!result.complete) return
    const former = others.map(({ id }) => id)
    await database.encryptionKey.deleteMany({ where: { id: { in: former } } })
    log.info({ present: current, former, ...result }, 'all secrets are encrypted with the current key')
  }

  /** Re-encrypts with the current key until no secret is left under another one. `lost` counts the secrets that no key decrypts. */
  async function reencryptAll(signal: AbortSignal) {
    for (let moved = 0; ; ) {
      const lap = { found: 0, moved: 0, lost: 0 }
      for (const place of encryptedColumns) {
        for (let after = '', more = true; more; ) {
          if (signal.aborted) return { complete: false }
          const secrets = await readOthers(database, encryption, place, after)
          const { opened, lost } = reencrypt(secrets)
          lap.found += opened.length
          lap.lost += lost
          if (opened.length > 0) lap.moved += await replace(database, place, opened)
          after = secrets.at(-1)?.id ?? after
          more = secrets.length === BATCH
        }
      }
      moved += lap.moved
      if (lap.found === 0) return { complete: true, moved, lost: lap.lost }
      // The rest is being written by others at the moment: it is left for the next run.
      if (lap.moved === 0) return { complete: false }
    }
  }

  function reencrypt(secrets: readonly Secret[]) {
    const opened = secrets.flatMap(({ id, owner, sealed }) => {
      if (encryption.keyIdOf(sealed, owner) === undefined) return []
      const encrypted = encryption.encrypt(encryption.decrypt(sealed, owner), owner)
      return { id, before: Buffer.from(sealed).toString('hex'), after: encrypted.toString('hex') }
    })
    return { opened, lost: secrets.length - opened.length }
  }

  return {
    /**
     * To be called at the start, before the keys are used.
     * @throws if there are, or may be, secrets encrypted with a key that this gateway does not have
     */
    async checkKnown(): Promise<void> {
      await database.$transaction(async (transaction) => {
        // If gateways with different keys start at the same time, the second sees the key of the first.
        await transaction.$executeRaw`lock table encryption_key in exclusive mode`
        const recorded = await transaction.encryptionKey.findMany()
        const used =
          recorded.length > 0
            ? recorded.map(({ id }) => id)
            : await earlierKeys(transaction, encryption, encryptedColumns)
        const unknown = used.filter(isUnknown)
        if (unknown.length > 0) throw new Error(explain(unknown, encryption))
        for (const id of used) await note(transaction, id)
        await noteCurrent(transaction, current)
      })
    },

    /**
     * Reports that the current key is in use. Once all gateways use it, re-encrypts the secrets that were encrypted with other keys, in
     * small transactions. To be called once a minute.
     */
    rotate,
  }
}

const UNKNOWN = '(unknown)'

function explain(unknown: readonly string[], { keyIds }: Encryption): string {
  return `The database contains secrets that were encrypted with a key that this gateway does not have.
  It needs the key ${unknown.join(', ')}; it has ${keyIds.join(', ')}. (These are fingerprints, not the keys themselves.)
  Set ENCRYPTION_KEY to that key, or add it to ACCEPTED_ENCRYPTION_KEYS. If you do not set ENCRYPTION_KEY, set DATA_DIR to the
  folder that contains the key. docs/operations.md says how to change the key, and what to do if it is lost.`
}

/** Before keys were recorded there was only one: the key that decrypts the existing secrets. */
async function earlierKeys(
  transaction: Transaction,
  encryption: Encryption,
  encryptedColumns: readonly EncryptedColumn[],
): Promise<string[]> {
  for (const { table, column, owner } of encryptedColumns) {
    const [secret] = await transaction.$queryRaw<Pick<Secret, 'owner' | 'sealed'>[]>`
      select ${Prisma.raw(owner)} as owner, ${Prisma.raw(column)} as sealed from ${Prisma.raw(table)}
      where ${Prisma.raw(column)} is not null limit 1`
    if (secret) return [encryption.keyIdOf(secret.sealed, secret.owner) ?? UNKNOWN]
  }
  return []
}

/** Records a key that was in use, but is not reported as in use now. */
async function note(transaction: Transaction, id: string): Promise<void> {
  await transaction.$executeRaw`
    insert into encryption_key (id, present_at) values (${id}, to_timestamp(0)) on conflict (id) do nothing`
}

/** Records that a key is in use now. */
async function noteCurrent(transaction: Transaction, id: string): Promise<void> {
  await transaction.$executeRaw`
    insert into encryption_key (id) values (${id}) on conflict (id) do update set present_at = clock_timestamp()`
}

/** @returns secrets that were not encrypted with the current key */
function readOthers(
  database: Database,
  { currentPrefix }: Encryption,
  place: EncryptedColumn,
  after: string,
): Promise<Secret[]> {
  const [table, column, owner] = [Prisma.raw(place.table), Prisma.raw(place.column), Prisma.raw(place.owner)]
  return database.$queryRaw<Secret[]>`
    select id, ${owner} as owner, ${column} as sealed from ${table}
    where id > ${after} and substring(${column} from 1 for ${currentPrefix.length}) <> ${currentPrefix}
    order by id limit ${BATCH}`
}

/** Replaces the secrets that are unchanged since they were read, and that nobody else is changing. @returns how many */
function replace(
  database: Database,
  place: EncryptedColumn,
  secrets: readonly { id: string; before: string; after: string }[],
): Promise<number> {
  const [table, column] = [Prisma.raw(place.table), Prisma.raw(place.column)]
  return database.$executeRaw`
    with reencrypted as (
      select id, decode(before, 'hex') as before, decode(after, 'hex') as after
      from jsonb_to_recordset(${JSON.stringify(secrets)}::jsonb) as secret(id text, before text, after text)
    ), free as (
      select ${table}.id, reencrypted.after from ${table}
      join reencrypted on reencrypted.id = ${table}.id and reencrypted.before = ${column}
      order by ${table}.id for update of ${table} skip locked
    )
    update ${table} set ${column} = free.after from free where ${table}.id = free.id`
}

import type { Logger } from 'pino'
import { Prisma } from './client/client.ts'
import type { Database, Transaction } from './database.ts'
import type { Encryption } from './encryption.ts'

/** Where secrets are kept, and the column that names their owner. Names of the schema, not of callers. */
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
/** A key counts as in use for this long after a gateway has last said so, which each does once a minute. */
const IN_USE_MINUTES = 5

/** The keys that the database knows of: those with which its secrets are made, and the change from one to the next. */
export function createEncryptionKeys(options: {
  database: Database
  encryption: Encryption
  encryptedColumns: readonly EncryptedColumn[]
  log: Logger
}) {
  const { database, encryption, encryptedColumns, log } = options
  const [present] = encryption.keyIds
  const isUnknown = (id: string) => !encryption.keyIds.includes(id)

  async function rotate(signal: AbortSignal): Promise<void> {
    await notePresent(database, present)
    const others = await database.$queryRaw<{ id: string; inUse: boolean }[]>`
      select id, present_at > clock_timestamp() - ${IN_USE_MINUTES} * interval '1 minute' as "inUse"
      from encryption_key where id <> ${present}`
    const unknown = others.map(({ id }) => id).filter(isUnknown)
    if (unknown.length > 0) {
      log.error({ keys: unknown }, 'another gateway makes secrets with an encryption key that this one does not have')
    }
    // Else two gateways with two keys would undo each other's work.
    if (others.length === 0 || unknown.length > 0 || others.some(({ inUse }) => inUse)) return
    const result = await bringUnderPresentKey(signal)
    if (!result.complete) return
    const former = others.map(({ id }) => id)
    await database.encryptionKey.deleteMany({ where: { id: { in: former } } })
    log.info({ present, former, ...result }, 'all secrets are under the present encryption key')
  }

  /** Looks until there is nothing left to move. `lost` are those that no key opens. */
  async function bringUnderPresentKey(signal: AbortSignal) {
    for (let moved = 0; ; ) {
      const lap = { found: 0, moved: 0, lost: 0 }
      for (const place of encryptedColumns) {
        for (let after = '', more = true; more; ) {
          if (signal.aborted) return { complete: false }
          const secrets = await readOthers(database, encryption, place, after)
          const { opened, lost } = sealAnew(secrets)
          lap.found += opened.length
          lap.lost += lost
          if (opened.length > 0) lap.moved += await replace(database, place, opened)
          after = secrets.at(-1)?.id ?? after
          more = secrets.length === BATCH
        }
      }
      moved += lap.moved
      if (lap.found === 0) return { complete: true, moved, lost: lap.lost }
      // Someone else writes to the rest at this moment: it is left for the next time.
      if (lap.moved === 0) return { complete: false }
    }
  }

  function sealAnew(secrets: readonly Secret[]) {
    const opened = secrets.flatMap(({ id, owner, sealed }) => {
      if (encryption.keyIdOf(sealed, owner) === undefined) return []
      const anew = encryption.encrypt(encryption.decrypt(sealed, owner), owner)
      return { id, before: Buffer.from(sealed).toString('hex'), after: anew.toString('hex') }
    })
    return { opened, lost: secrets.length - opened.length }
  }

  return {
    /**
     * To be asked at the start, before anything is read or made with the keys.
     * @throws if there are, or may be, secrets that were made with a key which is not among ours
     */
    async checkKnown(): Promise<void> {
      await database.$transaction(async (transaction) => {
        // Of gateways that start at once, with different keys, the second sees the first's.
        await transaction.$executeRaw`lock table encryption_key in exclusive mode`
        const recorded = await transaction.encryptionKey.findMany()
        const used =
          recorded.length > 0
            ? recorded.map(({ id }) => id)
            : await earlierKeys(transaction, encryption, encryptedColumns)
        const unknown = used.filter(isUnknown)
        if (unknown.length > 0) throw new Error(explain(unknown, encryption))
        for (const id of used) await note(transaction, id)
        await notePresent(transaction, present)
      })
    },

    /**
     * Says that the present key is in use; and where all gateways have come to use it, makes those secrets anew that were made with
     * other keys, in small transactions. To be called once a minute.
     */
    rotate,
  }
}

const UNKNOWN = 'an unknown one'

function explain(unknown: readonly string[], { keyIds }: Encryption): string {
  return `The database holds secrets that were made with another encryption key than this gateway has.
  It needs the key ${unknown.join(', ')}; it has ${keyIds.join(', ')}. (These are marks of the keys, not the keys.)
  Set ENCRYPTION_KEY to that key, or name it in ACCEPTED_ENCRYPTION_KEYS; without ENCRYPTION_KEY, set DATA_DIR to the folder
  that holds it. docs/operations.md says how to change the key, and what to do if it is lost.`
}

/** Before keys were recorded there was one: the one that opens the secrets there are. */
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

/** A key that is not in use now, and may have been. */
async function note(transaction: Transaction, id: string): Promise<void> {
  await transaction.$executeRaw`
    insert into encryption_key (id, present_at) values (${id}, to_timestamp(0)) on conflict (id) do nothing`
}

async function notePresent(transaction: Transaction, id: string): Promise<void> {
  await transaction.$executeRaw`
    insert into encryption_key (id) values (${id}) on conflict (id) do update set present_at = clock_timestamp()`
}

/** Secrets that the present key has not made. */
function readOthers(
  database: Database,
  { presentPrefix }: Encryption,
  place: EncryptedColumn,
  after: string,
): Promise<Secret[]> {
  const [table, column, owner] = [Prisma.raw(place.table), Prisma.raw(place.column), Prisma.raw(place.owner)]
  return database.$queryRaw<Secret[]>`
    select id, ${owner} as owner, ${column} as sealed from ${table}
    where id > ${after} and substring(${column} from 1 for ${presentPrefix.length}) <> ${presentPrefix}
    order by id limit ${BATCH}`
}

/** Those that are still the same, and that nobody else is changing. Answers how many. */
function replace(
  database: Database,
  place: EncryptedColumn,
  secrets: readonly { id: string; before: string; after: string }[],
): Promise<number> {
  const [table, column] = [Prisma.raw(place.table), Prisma.raw(place.column)]
  return database.$executeRaw`
    with anew as (
      select id, decode(before, 'hex') as before, decode(after, 'hex') as after
      from jsonb_to_recordset(${JSON.stringify(secrets)}::jsonb) as secret(id text, before text, after text)
    ), free as (
      select ${table}.id, anew.after from ${table} join anew on anew.id = ${table}.id and anew.before = ${column}
      order by ${table}.id for update of ${table} skip locked
    )
    update ${table} set ${column} = free.after from free where ${table}.id = free.id`
}

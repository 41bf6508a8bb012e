import { newId } from '../contract/identifier.ts'
import { userError } from '../contract/user-error.ts'
import { Prisma } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import type { Encryption } from '../database/encryption.ts'
import type { EncryptedColumn } from '../database/encryption-keys.ts'
import { inBatches } from '../database/in-batches.ts'
import type { Change } from '../feed/change.ts'

/** For how many hours a secret key signs beside the one that has replaced it. */
const HOURS = 24
/** Keys that sign beside the current one. */
const MOST = 5
const BATCH = 500

/** The columns that contain secrets. */
export const encryptedColumns: readonly EncryptedColumn[] = [
  { table: 'former_secret_key', column: 'secret_key', owner: 'bot_agent_id' },
]

const signsUntil = Prisma.sql`replaced_at + ${HOURS} * interval '1 hour'`

/** An expression: the former keys, encrypted, that still sign webhooks of the row of `bot_agent`; the last one first. */
export const formerSecretKeysOfBotAgent = Prisma.sql`array(
  select secret_key from former_secret_key
  where bot_agent_id = bot_agent.id and ${signsUntil} > (select clock_timestamp())
  order by replaced_at desc)`

/** Secret keys that were replaced, so that a receiver has a day to learn the new one. */
export type FormerSecretKeys = ReturnType<typeof createFormerSecretKeys>

export function createFormerSecretKeys({ database, encryption }: { database: Database; encryption: Encryption }) {
  return {
    /**
     * Keeps the key of a bot agent that gets another one. To be called while the row of the bot agent is locked.
     * @param replaced.sealed encrypted; not kept if the encryption key to read it is lost
     * @throws UserErrors LIMIT_REACHED if too many former keys still sign
     */
    async keep(
      { transaction }: Change,
      botAgentId: string,
      replaced: { sealed: Uint8Array; by: string; now: Date },
    ): Promise<void> {
      const { sealed, by, now } = replaced
      const since = new Date(now.getTime() - HOURS * 3_600_000)
      const isReadable = (key: Uint8Array) => encryption.keyIdOf(key, botAgentId) !== undefined
      const isAgain = (key: Uint8Array) => encryption.decrypt(key, botAgentId) === by
      const stored = await transaction.formerSecretKey.findMany({
        where: { botAgentId },
        orderBy: { replacedAt: 'asc' },
      })
      const signing = stored.filter(
        ({ secretKey, replacedAt }) => replacedAt > since && isReadable(secretKey) && !isAgain(secretKey),
      )
      const kept = new Set(signing)
      const over = stored.filter((key) => !kept.has(key)).map(({ id }) => id)
      if (over.length > 0) await transaction.formerSecretKey.deleteMany({ where: { id: { in: over } } })
      if (!isReadable(sealed) || isAgain(sealed)) return
      const [first] = signing
      if (first && signing.length >= MOST) {
        const free = new Date(first.replacedAt.getTime() + HOURS * 3_600_000).toISOString()
        throw userError(
          'LIMIT_REACHED',
          ['webhooks', 'secretKey'],
          `has been changed ${MOST} times within ${HOURS} hours, and all ${MOST} former keys still sign: it can be changed again at ${free}`,
        )
      }
      const data = { id: newId('key_'), botAgentId, secretKey: Buffer.from(sealed), replacedAt: now }
      await transaction.formerSecretKey.create({ data })
    },

    /** Removes keys that no longer sign. @returns how many */
    prune(): Promise<number> {
      return inBatches(
        BATCH,
        () => database.$executeRaw`
          delete from former_secret_key where id in (
            select id from former_secret_key where ${signsUntil} <= (select clock_timestamp())
            limit ${BATCH} for update skip locked)`,
      )
    },
  }
}

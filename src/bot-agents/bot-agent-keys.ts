import { quoted } from '../contract/quoted.ts'
import { userError } from '../contract/user-error.ts'
import type { Database } from '../database/database.ts'
import type { Encryption } from '../database/encryption.ts'
import { inBatches } from '../database/in-batches.ts'
import type { Change } from '../feed/change.ts'
import type { Reach } from '../identity/reach.ts'
import type { BotAgent, CreateBotAgent } from './bot-agent.ts'
import { botAgentColumns } from './bot-agent-columns.ts'
import { type BotAgentRow, botAgentOf } from './bot-agent-row.ts'

const BATCH = 500
const KEPT_HOURS = 24

/** An idempotency key of an application. */
export type BotAgentKey = Required<Reach> & { readonly key: string }

/** Which bot agent was created with which idempotency key. To be used under the lock of the owner, see the store. */
export type BotAgentKeys = ReturnType<typeof createBotAgentKeys>

export function createBotAgentKeys({ database, encryption }: { database: Database; encryption: Encryption }) {
  // Keyed: an input contains a secret key.
  const textOf = (input: CreateBotAgent) => `createBotAgent ${JSON.stringify(input)}`

  return {
    /**
     * @returns the bot agent that was created with the key, as it is now; `undefined` if the key is free
     * @throws UserErrors CONFLICT if the key was used for another input, or its bot agent has been removed
     */
    async find(
      { transaction }: Change,
      { licenseId, clientId, key }: BotAgentKey,
      input: CreateBotAgent,
    ): Promise<BotAgent | undefined> {
      const [row] = await transaction.$queryRawUnsafe<({ input: Uint8Array } & (BotAgentRow | { id: null }))[]>(
        `select taken.input, ${botAgentColumns}
        from (
          select input, bot_agent_id from bot_agent_key
          where license_id = $1 and client_id = $2 and key = $3 and created_at > clock_timestamp() - interval '${KEPT_HOURS} hours'
        ) taken left join bot_agent on bot_agent.id = taken.bot_agent_id`,
        licenseId,
        clientId,
        key,
      )
      if (!row) return undefined
      if (!encryption.hashes(textOf(input)).some((hash) => hash.equals(row.input))) {
        throw conflict(`was used before with another input: ${quoted(key)}. Use a new key`, 'IDEMPOTENCY_KEY_REUSED')
      }
      if (row.id !== null) return botAgentOf(row, encryption)
      const message = `was used before, and the bot agent that it created has been removed since: ${quoted(key)}. Use a new key to create another one`
      throw conflict(message, 'REMOVED')
    },

    /** Notes what was created with the key. */
    async take(
      { transaction }: Change,
      { licenseId, clientId, key }: BotAgentKey,
      { input, botAgent }: { input: CreateBotAgent; botAgent: BotAgent },
    ): Promise<void> {
      await transaction.$executeRaw`
        insert into bot_agent_key (license_id, client_id, key, bot_agent_id, input)
        values (${licenseId}, ${clientId}, ${key}, ${botAgent.id}, ${encryption.hash(textOf(input))})
        on conflict (license_id, client_id, key) do update
          set bot_agent_id = excluded.bot_agent_id, input = excluded.input, created_at = excluded.created_at`
    },

    /** Removes keys that are free again, in small transactions. @returns how many */
    prune(): Promise<number> {
      return inBatches(
        BATCH,
        () => database.$executeRaw`
          delete from bot_agent_key where ctid = any(array(
            select ctid from bot_agent_key
            where created_at < (select clock_timestamp() - ${KEPT_HOURS} * interval '1 hour')
            order by created_at limit ${BATCH} for update skip locked))`,
      )
    },
  }
}

function conflict(message: string, reason: 'IDEMPOTENCY_KEY_REUSED' | 'REMOVED') {
  return userError('CONFLICT', ['idempotencyKey'], message, { reason })
}

import { MOST_PER_PAGE } from '../contract/pagination.ts'
import type { Encryption } from '../database/encryption.ts'
import type { Reader, ReadStatement } from '../database/reader.ts'
import { sharedLoader } from '../database/shared-loader.ts'
import type { Reach } from '../identity/reach.ts'
import type { BotAgent } from './bot-agent.ts'
import { botAgentColumns } from './bot-agent-columns.ts'
import { countBotAgents } from './bot-agent-counts.ts'
import type { Condition } from './bot-agent-filter.ts'
import { countSelected, createBotAgentPages } from './bot-agent-pages.ts'
import { type BotAgentRow, botAgentOf } from './bot-agent-row.ts'

interface Wanted {
  readonly reach: Reach
  readonly id: string
}

/** Each id comes with the reach of its caller, so no caller gets what is out of its reach, whatever others ask for. */
const find: ReadStatement = {
  name: 'bot agents by id',
  text: `select place::int, ${botAgentColumns}
    -- Within a select, so that the planner does not see how long the lists are, and keeps one plan.
    from unnest((select $1::text[]), (select $2::int[]), (select $3::text[])) with ordinality as wanted(id, license_id, client_id, place)
    -- One look in the index for each: a plan for rows of unknown number may read all bot agents instead.
    cross join lateral (
      select * from bot_agent
      where bot_agent.id = wanted.id and bot_agent.license_id = wanted.license_id
        and bot_agent.client_id = coalesce(wanted.client_id, bot_agent.client_id)
      offset 0
    ) bot_agent`,
}

/** The reads of `bot_agent` that requests make. */
export function createBotAgentReads({ reader, encryption }: { reader: Reader; encryption: Encryption }) {
  const loader = sharedLoader<Wanted, BotAgent | null>(
    async (wanted) => {
      const rows = await reader.rows<BotAgentRow & { place: number }>(find, [
        wanted.map(({ id }) => id),
        wanted.map(({ reach }) => reach.licenseId),
        wanted.map(({ reach }) => reach.clientId ?? null),
      ])
      const found = Array<BotAgent | null>(wanted.length).fill(null)
      for (const row of rows) found[row.place - 1] = botAgentOf(row, encryption)
      return found
    },
    { maxBatchSize: MOST_PER_PAGE, atOnce: 2 },
  )

  return {
    /** @returns those that exist within the reach, in no order */
    async find(reach: Reach, ids: readonly string[]): Promise<BotAgent[]> {
      const found = await Promise.all(ids.map((id) => loader.load({ reach, id })))
      return found.filter((botAgent) => botAgent !== null)
    },

    page: createBotAgentPages({ reader, encryption }),

    count: (reach: Reach, conditions: readonly Condition[]) => countSelected(reader, reach, conditions),

    counts: (reach: Reach) => countBotAgents(reader, reach),
  }
}

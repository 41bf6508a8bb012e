import type { Reader, ReadStatement } from '../database/reader.ts'
import type { Reach } from '../identity/reach.ts'

/** How many bot agents there are, and how many of them in each state. */
export interface BotAgentCounts {
  readonly total: number
  readonly acceptingChats: number
  readonly notAcceptingChats: number
  readonly offline: number
  readonly webhooksPaused: number
  readonly webhooksDisabled: number
}

/** All columns are in the index `bot_agent_by_status`, so it reads no row. */
const counts = `select count(*)::int as total,
    count(*) filter (where status = 'ACCEPTING_CHATS')::int as "acceptingChats",
    count(*) filter (where status = 'NOT_ACCEPTING_CHATS')::int as "notAcceptingChats",
    count(*) filter (where status = 'OFFLINE')::int as offline,
    count(*) filter (where webhooks_state = 'PAUSED')::int as "webhooksPaused",
    count(*) filter (where webhooks_state = 'DISABLED')::int as "webhooksDisabled"
  from bot_agent where license_id = $1`

const ofLicense: ReadStatement = { name: 'bot agent counts', text: counts }
const ofApplication: ReadStatement = { name: 'own bot agent counts', text: `${counts} and client_id = $2` }

export async function countBotAgents(reader: Reader, { licenseId, clientId }: Reach): Promise<BotAgentCounts> {
  const [row] =
    clientId === undefined
      ? await reader.rows<BotAgentCounts>(ofLicense, [licenseId])
      : await reader.rows<BotAgentCounts>(ofApplication, [licenseId, clientId])
  if (!row) throw new Error('The database did not return a count')
  return row
}

import type { Pool, PoolClient } from 'pg'
import type { BotAgent, BotAgentRow, BotAgents, Reach } from './bot-agent.ts'

/**
 * The statements, which are the same for both layouts. All are prepared: node-postgres does that for statements with a name.
 * @param columns to read @param toBotAgent makes a bot agent of them
 */
export function createBotAgents<Row extends BotAgentRow>(
  pool: Pool,
  columns: string,
  toBotAgent: (row: Row) => BotAgent,
): BotAgents {
  const select = `select ${columns} from bot_agent`
  return {
    async find({ licenseId, clientId }, id) {
      const { rows } = await pool.query<Row>(
        clientId === undefined
          ? { name: 'find', text: `${select} where id = $1 and license_id = $2`, values: [id, licenseId] }
          : {
              name: 'find own',
              text: `${select} where id = $1 and license_id = $2 and client_id = $3`,
              values: [id, licenseId, clientId],
            },
      )
      return rows[0] && toBotAgent(rows[0])
    },

    async page({ licenseId, clientId }, first) {
      const order = 'order by created_at, id limit'
      const { rows } = await pool.query<Row>(
        clientId === undefined
          ? { name: 'page', text: `${select} where license_id = $1 ${order} $2`, values: [licenseId, first] }
          : {
              name: 'own page',
              text: `${select} where license_id = $1 and client_id = $2 ${order} $3`,
              values: [licenseId, clientId, first],
            },
      )
      return rows.map(toBotAgent)
    },

    async setStatus(reach, id, status) {
      const row = await inTransaction(pool, (client) => change<Row>(client, columns, reach, id, status))
      return row && toBotAgent(row)
    },
  }
}

/** Like the gateway: locks the row and looks at what it is, updates it, and says so in the feed and in the audit trail. */
async function change<Row extends BotAgentRow>(
  client: PoolClient,
  columns: string,
  { licenseId, clientId }: Required<Reach>,
  id: string,
  status: string,
): Promise<Row | undefined> {
  const { rows: locked } = await client.query<{ status: string }>({
    name: 'lock',
    text: 'select status from bot_agent where id = $1 and license_id = $2 and client_id = $3 for update',
    values: [id, licenseId, clientId],
  })
  if (!locked[0]) return undefined
  const { rows: updated } = await client.query<Row>({
    name: 'update',
    text: `update bot_agent set status = $2, updated_at = clock_timestamp() where id = $1 returning ${columns}`,
    values: [id, status],
  })
  const previousStatus = locked[0].status
  if (status !== previousStatus) {
    await client.query({
      name: 'append',
      text: 'insert into feed_entry (license_id, topic, client_id, bot_agent_id, data) values ($1, $2, $3, $4, $5)',
      values: [
        licenseId,
        'BOT_AGENT_STATUS',
        clientId,
        id,
        JSON.stringify({ status, previousStatus, reason: 'UPDATED' }),
      ],
    })
  }
  await client.query({
    name: 'audit',
    text: 'insert into audit_entry (license_id, owner_client_id, bot_agent_id, action, client_id) values ($1, $2, $3, $4, $2)',
    values: [licenseId, clientId, id, 'UPDATED'],
  })
  return updated[0]
}

async function inTransaction<Result>(pool: Pool, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { create } from './support/bot-agents.ts'
import { listening } from './support/chat-events.ts'
import { request } from './support/client.ts'
import { sql } from './support/database.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

let gateway: TestGateway
let token: string
beforeAll(async () => {
  gateway = await startGateway()
  token = await gateway.token()
})
afterAll(() => gateway.stop())

/** Runs a statement in a transaction, makes a call meanwhile, and commits when the call waits for the lock. */
async function meanwhile(statement: string, id: string, call: () => Promise<unknown>): Promise<unknown> {
  const client = new pg.Client({ connectionString: gateway.databaseUrl })
  await client.connect()
  onTestFinished(() => client.end())
  await client.query('begin')
  await client.query(statement, [id])
  const answer = call()
  for (;;) {
    const [waiting] = await sql<{ count: number }>(
      gateway.databaseUrl,
      `select count(*)::int as count from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like '%bot_agent%'`,
    )
    if (waiting && waiting.count > 0) break
  }
  await client.query('commit')
  return answer
}

const mutation = (name: string, id: string) => async () => {
  const query = `mutation ($id: ID!) { ${name}(input: { botAgentId: $id }) { userErrors { code field } } }`
  const { data, errors } = await request(gateway.url, token, query, { id })
  return errors ?? (data?.[name] as object)
}

for (const name of ['enableWebhooks', 'pingWebhooks']) {
  describe(name, () => {
    it('does not find a bot agent that is removed during the call, and records nothing', async () => {
      const id = await create(gateway, token, listening('http://127.0.0.1:9/'))
      expect(await meanwhile('delete from bot_agent where id = $1', id, mutation(name, id))).toEqual({
        userErrors: [{ code: 'NOT_FOUND', field: ['botAgentId'] }],
      })
      const [audited] = await sql(
        gateway.databaseUrl,
        `select from audit_entry where bot_agent_id = $1 and action in ('PINGED', 'ENABLED')`,
        [id],
      )
      expect(audited).toBeUndefined()
    })

    it('is a conflict if the webhooks are removed during the call, and records nothing', async () => {
      const id = await create(gateway, token, listening('http://127.0.0.1:9/'))
      const taken = `update bot_agent set webhooks_url = null, webhooks_secret_key = null, webhooks_state = null, webhooks_actions = null where id = $1`
      expect(await meanwhile(taken, id, mutation(name, id))).toEqual({
        userErrors: [{ code: 'CONFLICT', field: ['botAgentId'] }],
      })
      const [audited] = await sql(
        gateway.databaseUrl,
        `select from audit_entry where bot_agent_id = $1 and action in ('PINGED', 'ENABLED')`,
        [id],
      )
      expect(audited).toBeUndefined()
    })
  })
}

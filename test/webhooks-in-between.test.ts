import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { create, updateBotAgent } from './support/bot-agents.ts'
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

/** Runs a statement in a transaction, makes calls meanwhile, each when those before it wait for the lock, and commits when all wait. */
async function meanwhile(statement: string, id: string, ...calls: (() => Promise<unknown>)[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: gateway.databaseUrl })
  await client.connect()
  onTestFinished(() => client.end())
  await client.query('begin')
  await client.query(statement, [id])
  const answers: Promise<unknown>[] = []
  for (const call of calls) {
    answers.push(call())
    for (;;) {
      const [waiting] = await sql<{ count: number }>(
        gateway.databaseUrl,
        `select count(*)::int as count from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and query like '%bot_agent%'`,
      )
      if (waiting && waiting.count >= answers.length) break
    }
  }
  await client.query('commit')
  return Promise.all(answers)
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
      expect(await meanwhile('delete from bot_agent where id = $1', id, mutation(name, id))).toEqual([
        { userErrors: [{ code: 'NOT_FOUND', field: ['botAgentId'] }] },
      ])
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
      expect(await meanwhile(taken, id, mutation(name, id))).toEqual([
        { userErrors: [{ code: 'CONFLICT', field: ['botAgentId'] }] },
      ])
      const [audited] = await sql(
        gateway.databaseUrl,
        `select from audit_entry where bot_agent_id = $1 and action in ('PINGED', 'ENABLED')`,
        [id],
      )
      expect(audited).toBeUndefined()
    })
  })
}

describe('an update without a secret key', () => {
  const url = 'http://127.0.0.1:9/elsewhere'
  const webhooks = { url, actions: [{ name: 'INCOMING_EVENT' }] }
  const update = (id: string, secretKey?: string) => async () => {
    const input = { id, webhooks: { ...webhooks, ...(secretKey && { secretKey }) } }
    return (await request(gateway.url, token, updateBotAgent, { input })).data?.updateBotAgent
  }

  for (const order of ['before', 'after']) {
    it(`keeps the key of another update that comes at the same time, just ${order} it`, async () => {
      const id = await create(gateway, token, listening('http://127.0.0.1:9/'))
      const [first] = await sql(gateway.databaseUrl, 'select webhooks_secret_key from bot_agent where id = $1', [id])
      const both = [update(id, 'a new one'), update(id)]
      const lock = 'select from bot_agent where id = $1 for update'
      const done = { botAgent: { id }, userErrors: [] }
      expect(await meanwhile(lock, id, ...(order === 'before' ? both : both.reverse()))).toEqual([done, done])
      const { data } = await request(gateway.url, token, `{ botAgent(id: "${id}") { webhooks { url secretKey } } }`)
      expect(data).toEqual({ botAgent: { webhooks: { url, secretKey: 'a new one' } } })
      const former = await sql(
        gateway.databaseUrl,
        'select secret_key as webhooks_secret_key from former_secret_key where bot_agent_id = $1',
        [id],
      )
      expect(former).toEqual([first])
    })
  }
})

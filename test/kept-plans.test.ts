import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { create, updateBotAgent } from './support/bot-agents.ts'
import { listening, publish } from './support/chat-events.ts'
import { run } from './support/client.ts'
import { gatewayForTest, newLicense } from './support/gateway.ts'
import { startReceiver } from './support/receiver.ts'

/** PostgreSQL makes a plan for the values of a statement five times before it may keep one for all. */
const PLANNED_FIRST = 5
/** The best plan of a list depends on how much of it is asked for. */
const isOfItsSize = ({ statement }: Prepared) => /\blimit \$\d/.test(statement)
/** Times that callers ask for everything. */
const TIMES = 40

/** @returns the connections that this process uses from now on */
function connections(): ReadonlySet<pg.Client> {
  const found = new Set<pg.Client>()
  const { query } = pg.Client.prototype
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    found.add(this)
    return Reflect.apply(query, this, args)
  } as typeof query
  onTestFinished(() => {
    pg.Client.prototype.query = query
  })
  return found
}

interface Prepared {
  readonly name: string
  readonly statement: string
  /** How often it ran by the plan that is kept, and how often it was planned for its values. */
  readonly generic: number
  readonly custom: number
}

// Planning takes longer than most of these statements. If PostgreSQL expects a plan for all values to cost more, it makes one each time.
it('a statement that is prepared is planned a few times, and then no more', async () => {
  const used = connections()
  const receiver = await startReceiver()
  onTestFinished(() => receiver.stop())
  const gateway = await gatewayForTest()
  const token = await gateway.token({ licenseId: newLicense() })
  const ids = await Promise.all(Array.from({ length: 20 }, () => create(gateway, token)))
  const heard = await create(gateway, token, listening(receiver.url))
  const update = (id: string, input: object) => run(gateway, token, updateBotAgent, { input: { id, ...input } })
  for (let time = 0; time < TIMES; time += 1) {
    const id = ids[time % ids.length] ?? ''
    const status = time < TIMES / 2 ? 'ACCEPTING_CHATS' : 'NOT_ACCEPTING_CHATS'
    await run(gateway, token, `{ botAgent(id: "${id}") { name } }`)
    await Promise.all(
      ids.slice(0, 1 + (time % 16)).map((one) => run(gateway, token, `{ botAgent(id: "${one}") { id } }`)),
    )
    await run(gateway, token, '{ botAgents(first: 10) { nodes { id } } }')
    await run(gateway, token, '{ botAgentCounts { total } }')
    await update(id, { status })
    await Promise.all(ids.slice(0, 1 + (time % 16)).map((one) => update(one, { name: `name ${time}` })))
    await update(heard, { status })
    await publish(gateway, token)
    await receiver.reaches(time + 1)
    await run(gateway, token, '{ webhookDeliveries(first: 10) { nodes { id attempts { number } } } }')
    await run(gateway, token, `{ botAgent(id: "${heard}") { webhooks { secretKey } } }`)
    await run(gateway, token, '{ auditTrail(first: 10) { nodes { id } } }')
    await run(gateway, token, '{ chatEvents(first: 10) { nodes { id } } }')
    await run(
      gateway,
      token,
      `{ botAgent(id: "${heard}") { properties { value } webhooks { health { lastSuccessAt } } } }`,
    )
    await run(gateway, token, '{ webhookStatistics(interval: HOUR) { nodes { matched } } }')
  }
  const planned: Prepared[] = []
  for (const client of used) {
    const { rows } = await client
      .query<Prepared>(
        `select name, statement, generic_plans::int as generic, custom_plans::int as custom from pg_prepared_statements
         where generic_plans + custom_plans > $1`,
        [2 * PLANNED_FIRST],
      )
      // Some have ended.
      .catch(() => ({ rows: [] }))
    planned.push(...rows)
  }
  expect(planned.length).toBeGreaterThan(8)
  const replanned = planned.filter((one) => one.generic === 0 && !isOfItsSize(one))
  expect(replanned.map(({ name, custom, statement }) => [name, custom, statement.trim().slice(0, 90)])).toEqual([])
}, 120_000)

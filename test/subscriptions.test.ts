import { createClient as createSseClient, NetworkError } from 'graphql-sse'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { changeStatus, create } from './support/bot-agents.ts'
import { webSocketClient } from './support/client.ts'
import { sql } from './support/database.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

interface Change {
  cursor: string
  botAgentId: string
  status: string
  previousStatus: string | null
  botAgent: { name: string } | null
}
interface Event {
  data?: { botAgentStatusChanged: Change } | null
  errors?: readonly { message: string; extensions?: Record<string, unknown> }[]
}

const query = `subscription ($after: String, $all: Boolean, $botAgentIds: [ID!]) {
  botAgentStatusChanged(after: $after, all: $all, botAgentIds: $botAgentIds) { cursor botAgentId status previousStatus botAgent { name } }
}`

/** The events of a subscription as each transport brings them. */
const transports = {
  WebSocket: (gateway: TestGateway, token: string) => {
    const client = webSocketClient(gateway.url, token)
    onTestFinished(() => client.dispose())
    return (variables: Record<string, unknown>) => client.iterate<Event['data']>({ query, variables })
  },
  SSE: (gateway: TestGateway, token: string) => {
    const client = createSseClient({
      url: gateway.url,
      headers: { authorization: `Bearer ${token}` },
      retryAttempts: 0,
    })
    onTestFinished(() => client.dispose())
    return (variables: Record<string, unknown>) => client.iterate<Event['data']>({ query, variables })
  },
}

let gateway: TestGateway
let second: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
  second = await startGateway({ beside: gateway })
})
afterAll(async () => {
  await second.stop()
  await gateway.stop()
})

async function take(events: AsyncIterableIterator<unknown>, count: number): Promise<Change[]> {
  const changes: Change[] = []
  while (changes.length < count) {
    const { value, done } = (await events.next()) as IteratorResult<Event>
    if (done || !value?.data) throw new Error(`The stream ended after ${changes.length}: ${JSON.stringify(value)}`)
    changes.push(value.data.botAgentStatusChanged)
  }
  return changes
}

/** The code of the error with which a subscription begins, or that the gateway refuses it with. */
async function codeOf(events: AsyncIterableIterator<unknown>): Promise<unknown> {
  try {
    const { value } = (await events.next()) as IteratorResult<Event>
    return value?.errors?.[0]?.extensions?.code
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error
    return /"code":"(\w+)"/.exec(await (error.response as Response).text())?.[1]
  }
}

/** Resolves when a subscription made before it is sure to hear of what follows: it hears of this bot agent. */
async function heard(events: AsyncIterableIterator<unknown>, token: string): Promise<Change> {
  const first = take(events, 1)
  let [change]: (Change | undefined)[] = []
  first.then(
    (changes) => ([change] = changes),
    () => {},
  )
  while (!change) {
    await create(gateway, token, { name: 'Are you there?' })
    await Promise.race([first, new Promise(setImmediate)])
  }
  return change
}

/** What a stream ends with: its last result, or what closed it. */
async function drain(events: AsyncIterableIterator<unknown>): Promise<unknown> {
  let last: unknown
  try {
    for await (const event of events) last = event
    return last
  } catch (error) {
    return error
  }
}

let lastLicense = 100
const ownLicense = () => ++lastLicense

for (const [transport, subscriber] of Object.entries(transports)) {
  describe(`over ${transport}`, () => {
    it('a watcher that comes back in the middle of a burst, to either gateway, misses nothing and gets nothing twice', async () => {
      const token = await gateway.token({ licenseId: ownLicense() })
      const ids = await Promise.all(Array.from({ length: 6 }, () => create(gateway, token)))
      const opened = subscriber(gateway, token)({})
      const { cursor: start } = await heard(opened, token)
      await opened.return?.()

      const each = 40
      const burst = Promise.all(ids.map((id, index) => changeStatus(index % 2 ? gateway : second, token, id, each)))
      const seen: Change[] = []
      const total = ids.length * each
      for (let round = 0; seen.length < total; round++) {
        const events = subscriber(
          round % 2 ? gateway : second,
          token,
        )({ botAgentIds: ids, after: seen.at(-1)?.cursor ?? start })
        seen.push(...(await take(events, Math.min(1 + ((round * 17) % 50), total - seen.length))))
        await events.return?.()
      }
      await burst

      expect(new Set(seen.map(({ cursor }) => cursor)).size).toBe(total)
      for (const id of ids) {
        const own = seen.filter(({ botAgentId }) => botAgentId === id)
        own.reduce((before, change) => {
          expect(change.previousStatus).toBe(before.status)
          return change
        })
      }
    })

    it('says with a code why it does not go on from a cursor', async () => {
      const licenseId = ownLicense()
      const token = await gateway.token({ licenseId })
      const subscribe = subscriber(gateway, token)
      const events = subscribe({})
      const { cursor } = await heard(events, token)
      await events.return?.()
      const stranger = subscriber(gateway, await gateway.token({ licenseId: ownLicense() }))
      expect(await codeOf(subscribe({ after: 'yesterday' }))).toBe('BAD_USER_INPUT')
      expect(await codeOf(subscribe({ botAgentIds: Array.from({ length: 501 }, (_, index) => `${index}`) }))).toBe(
        'BAD_USER_INPUT',
      )
      expect(await codeOf(stranger({ after: cursor }))).toBe('BAD_USER_INPUT')

      await sql(
        gateway.databaseUrl,
        'update feed_retention set pruned_through = (select max(position) from feed_entry)',
      )
      await create(gateway, token)
      expect(await codeOf(subscribe({ after: cursor }))).toBe('CURSOR_EXPIRED')
    })

    it('loads what a change is about once for all who watch', async () => {
      const loud = await startGateway({ beside: gateway, env: { LOG_LEVEL: 'trace' } })
      onTestFinished(() => loud.stop())
      const licenseId = ownLicense()
      const token = await gateway.token({ licenseId })
      const subscribe = subscriber(loud, token)
      const watchers = Array.from({ length: 20 }, () => subscribe({}))
      const first = await Promise.all(watchers.map((events) => heard(events, token)))
      expect(first).toHaveLength(20)

      const loads = () => loud.logged.filter(({ query }) => String(query).includes('"bot_agent"')).length
      const id = await create(gateway, token, { name: 'The one' })
      const until = async (events: AsyncIterableIterator<unknown>) => {
        for (;;) if ((await take(events, 1))[0]?.botAgentId === id) return
      }
      await Promise.all(watchers.map(until))
      const before = loads()
      const told = watchers.map((events) => take(events, 3))
      await changeStatus(gateway, token, id, 3)
      await Promise.all(told)
      expect(loads() - before).toBeLessThanOrEqual(3)
    })

    it('ends with its token', async () => {
      const licenseId = ownLicense()
      const events = subscriber(gateway, await gateway.token({ licenseId, expiresIn: 2 }))({})
      await heard(events, await gateway.token({ licenseId }))
      const end = (await drain(events)) as Event | CloseEvent
      if (transport === 'SSE') expect(end).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
      else expect(end).toMatchObject({ code: 4403, reason: 'The access token has expired' })
    })

    it('is told to come back when its gateway goes down', async () => {
      const leaving = await startGateway({ beside: gateway })
      const token = await gateway.token({ licenseId: ownLicense() })
      const events = subscriber(leaving, token)({})
      await heard(events, token)
      const [end] = await Promise.all([drain(events), leaving.stop()])
      if (transport === 'SSE') expect(end).toMatchObject({ errors: [{ extensions: { code: 'SHUTTING_DOWN' } }] })
      else expect(end).toMatchObject({ code: 1012 })
    })
  })
}

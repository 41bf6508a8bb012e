import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changeStatus, create, type StatusChange, watchStatus } from './support/bot-agents.ts'
import { listening, publish } from './support/chat-events.ts'
import { sql } from './support/database.ts'
import { gatewayForTest, newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { receiverForTest } from './support/receiver.ts'
import { subscribe, transports } from './support/subscription.ts'

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

for (const transport of transports) {
  describe(`over ${transport}`, () => {
    it('a client that reconnects during a burst, to either gateway, gets every event exactly once', async () => {
      const token = await gateway.token({ licenseId: newLicense() })
      const ids = await Promise.all(Array.from({ length: 6 }, () => create(gateway, token)))
      const first = await watchStatus(gateway, token, { transport })
      await create(gateway, token)
      const [{ cursor: start } = expect.fail('no event')] = await first.take(1)
      await first.stop()

      const each = 40
      const burst = Promise.all(ids.map((id, index) => changeStatus(index % 2 ? gateway : second, token, id, each)))
      const seen: StatusChange[] = []
      const total = ids.length * each
      for (let round = 0; seen.length < total; round++) {
        const after = seen.at(-1)?.cursor ?? start
        const changes = await watchStatus(round % 2 ? gateway : second, token, { transport, botAgentIds: ids, after })
        seen.push(...(await changes.take(Math.min(1 + ((round * 17) % 50), total - seen.length))))
        await changes.stop()
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

    it('a stream that cannot continue from a cursor gets a code that says why', async () => {
      const token = await gateway.token({ licenseId: newLicense() })
      const first = await watchStatus(gateway, token, { transport })
      await create(gateway, token)
      const [{ cursor } = expect.fail('no event')] = await first.take(1)
      await first.stop()
      const codeOf = async (by: string, variables: Parameters<typeof watchStatus>[2]) => {
        const { ended } = await watchStatus(gateway, by, { transport, ...variables })
        return (await ended).errorCode
      }
      expect(await codeOf(token, { after: 'yesterday' })).toBe('BAD_USER_INPUT')
      expect(await codeOf(token, { botAgentIds: Array.from({ length: 501 }, (_, index) => `${index}`) })).toBe(
        'BAD_USER_INPUT',
      )
      const stranger = await gateway.token({ licenseId: newLicense() })
      expect(await codeOf(stranger, { after: cursor })).toBe('BAD_USER_INPUT')

      await create(gateway, token)
      await sql(
        gateway.databaseUrl,
        'update feed_retention set pruned_through = (select max(position) from feed_entry)',
      )
      expect(await codeOf(token, { after: cursor })).toBe('CURSOR_EXPIRED')
    })

    it('a change loads its bot agent once for all subscribers', async () => {
      const loud = await gatewayForTest({ beside: gateway, env: { LOG_LEVEL: 'trace' } })
      const token = await gateway.token({ licenseId: newLicense() })
      const watchers = await Promise.all(Array.from({ length: 20 }, () => watchStatus(loud, token, { transport })))
      const id = await create(gateway, token)
      await Promise.all(watchers.map(({ until }) => until(({ botAgentId }) => botAgentId === id)))

      const loads = () => loud.logged.filter(({ query }) => String(query).includes('"bot_agent"')).length
      const before = loads()
      await changeStatus(gateway, token, id, 3)
      for (const watcher of watchers) expect(await watcher.take(4)).toHaveLength(4)
      expect(loads() - before).toBeLessThanOrEqual(3)
    })

    it('an attempt is loaded once for all subscribers', async () => {
      const loud = await gatewayForTest({ beside: gateway, env: { LOG_LEVEL: 'trace' } })
      const token = await gateway.token({ licenseId: newLicense() })
      const receiver = await receiverForTest()
      const updates = 'subscription { webhookDeliveryUpdated { state attempt { number statusCode } } }'
      const watchers = await Promise.all(
        Array.from({ length: 50 }, () => subscribe<{ state: string }>(loud, token, updates, { transport })),
      )
      await create(gateway, token, listening(receiver.url))
      await Promise.all(Array.from({ length: 20 }, () => publish(gateway, token)))
      for (const watcher of watchers) {
        const seen = await watcher.take(40)
        expect(seen.filter(({ state }) => state === 'SUCCEEDED')).toEqual(
          Array.from({ length: 20 }, () => ({ state: 'SUCCEEDED', attempt: { number: 1, statusCode: 200 } })),
        )
      }
      const reads = loud.logged.filter(({ query }) => /\bjoin webhook_attempt\b/.test(String(query)))
      expect(reads.length).toBeLessThanOrEqual(20)
    })

    it('a stream ends with its token', async () => {
      const token = await gateway.token({ licenseId: newLicense(), expiresIn: 2 })
      const { ended } = await watchStatus(gateway, token, { transport })
      expect(await ended).toMatchObject(
        transport === 'SSE'
          ? { errorCode: 'UNAUTHENTICATED' }
          : { closeCode: 4403, reason: 'The access token has expired' },
      )
    })

    it('a stream ends when its gateway shuts down, and asks the client to reconnect', async () => {
      const leaving = await startGateway({ beside: gateway })
      const token = await gateway.token({ licenseId: newLicense() })
      const { ended } = await watchStatus(leaving, token, { transport })
      const [end] = await Promise.all([ended, leaving.stop()])
      expect(end).toMatchObject(transport === 'SSE' ? { errorCode: 'SHUTTING_DOWN' } : { closeCode: 1012 })
    })
  })
}

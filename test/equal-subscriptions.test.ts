import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { Plans } from '../src/graphql/execution/plans.ts'
import { changeStatus, create, type StatusChange, watchStatus } from './support/bot-agents.ts'
import { run } from './support/client.ts'
import { newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { subscribe, transports } from './support/subscription.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const webhooks = { url: 'http://127.0.0.1:9/', secretKey: 'the secret', actions: [{ name: 'INCOMING_EVENT' }] }
const watchSecrets =
  'subscription ($all: Boolean) { botAgentStatusChanged(all: $all) { botAgent { webhooks { secretKey } } } }'
interface Secret {
  botAgent: { webhooks: { secretKey: string | null } }
}

/** Creates a bot agent, and waits until streams that begin now no longer get that. */
async function created(token: string, input: object = {}): Promise<string> {
  const watcher = await watchStatus(gateway, token)
  const id = await create(gateway, token, input)
  await watcher.take(1)
  await watcher.stop()
  return id
}

/** How often an operation was executed meanwhile, in this process. */
async function executions(act: () => Promise<unknown>): Promise<number> {
  const spy = vi.spyOn(Plans.prototype, 'execute')
  await act()
  const { length } = spy.mock.calls
  spy.mockRestore()
  return length
}

describe('equal subscriptions', () => {
  it.each(transports)(
    'of several tokens get each event, which is executed once for all of them: %s',
    async (transport) => {
      const licenseId = newLicense()
      const tokens = await Promise.all(Array.from({ length: 3 }, () => gateway.token({ licenseId })))
      const [token = ''] = tokens
      const id = await created(token)
      const watchers = await Promise.all(
        Array.from({ length: 15 }, (_, index) => watchStatus(gateway, tokens[index % 3] ?? '', { transport })),
      )
      const changes = 5
      const count = await executions(async () => {
        await changeStatus(gateway, token, id, changes)
        for (const watcher of watchers) await watcher.take(changes)
      })
      // The mutations, and one execution for each change.
      expect(count).toBe(2 * changes)
      const [first, ...others] = watchers.map(({ events }) => events)
      for (const events of others) expect(events).toEqual(first)
    },
  )

  it('that begin with different cursors get different events, and then the same', async () => {
    const token = await gateway.token({ licenseId: newLicense() })
    const id = await created(token)
    const first = await watchStatus(gateway, token)
    await changeStatus(gateway, token, id, 6)
    const before = await first.take(6)
    const later = await Promise.all(before.map(({ cursor }) => watchStatus(gateway, token, { after: cursor })))
    await changeStatus(gateway, token, id, 3)
    await first.take(3)
    for (const [index, watcher] of later.entries()) {
      await watcher.take(8 - index)
      expect(watcher.events).toEqual(first.events.slice(index + 1))
    }
  })

  it('of tokens with other scopes get what these allow', async () => {
    const licenseId = newLicense()
    const owner = await gateway.token({ licenseId, clientId: 'owner' })
    const scopes = [['agents-bot--all:ro'], ['agents-bot--all:rw'], ['agents-bot--all:ro'], ['agents-bot--all:rw']]
    const others = await Promise.all(
      scopes.map((held) => gateway.token({ licenseId, clientId: 'other', scopes: held })),
    )
    const id = await created(owner, { webhooks })
    const variables = { all: true }
    const watchers = await Promise.all(
      others.map((token) => subscribe<Secret>(gateway, token, watchSecrets, { variables })),
    )
    await changeStatus(gateway, owner, id, 2)
    const seen = await Promise.all(watchers.map(async (watcher) => (await watcher.take(2)).map(secretOf)))
    const [hidden, shown] = [
      [null, null],
      ['the secret', 'the secret'],
    ]
    expect(seen).toEqual([hidden, shown, hidden, shown])
  })

  it('that read secrets are recorded for each token', async () => {
    const licenseId = newLicense()
    const tokens = await Promise.all(Array.from({ length: 3 }, () => gateway.token({ licenseId })))
    const [token = ''] = tokens
    const id = await created(token, { webhooks })
    const watchers = await Promise.all(tokens.map((each) => subscribe<Secret>(gateway, each, watchSecrets)))
    await changeStatus(gateway, token, id, 3)
    for (const watcher of watchers) expect((await watcher.take(3)).map(secretOf)).toEqual(Array(3).fill('the secret'))
    const { auditTrail } = await run<{ auditTrail: { nodes: { action: string; accessToken: string }[] } }>(
      gateway,
      token,
      '{ auditTrail { nodes { action accessToken: accessTokenHash } } }',
    )
    const readers = auditTrail.nodes.filter(({ action }) => action === 'SECRET_READ').map((entry) => entry.accessToken)
    expect(new Set(readers).size).toBe(3)
  })

  it('end with their own token: the others go on', async () => {
    const licenseId = newLicense()
    const [staying, leaving] = await Promise.all([gateway.token({ licenseId }), gateway.token({ licenseId })])
    const id = await created(staying)
    const stays = await watchStatus(gateway, staying)
    const leaves = await watchStatus(gateway, leaving)
    await changeStatus(gateway, staying, id, 2)
    await leaves.take(2)
    await fetch(new URL('/oauth/revoke', gateway.url), {
      method: 'POST',
      body: new URLSearchParams({ token: leaving }),
    })
    expect((await leaves.ended).closeCode).toBe(4401)
    await changeStatus(gateway, staying, id, 2)
    await stays.take(4)
    expect(leaves.events).toHaveLength(2)
  })

  it('fall behind alone: a client that pauses gets everything later, in order, and the others get it at once', async () => {
    const token = await gateway.token({ licenseId: newLicense() })
    const avatar = 'x'.repeat(2_048)
    const ids: string[] = []
    for (let index = 0; index < 8; index += 1) ids.push(await created(token, { avatar }))
    // Some 40 KB an event: more than the buffers between the two hold for all of them.
    const aliases = Array.from({ length: 20 }, (_, index) => `a${index}: avatar`).join(' ')
    const query = `subscription { botAgentStatusChanged { cursor botAgentId status previousStatus botAgent { ${aliases} } } }`
    const paused = await rawSubscriber(token, query)
    const others = await Promise.all([1, 2, 3].map(() => subscribe<StatusChange>(gateway, token, query)))
    const each = 30
    paused.socket.pause()
    await Promise.all(ids.map((id) => changeStatus(gateway, token, id, each)))
    for (const other of others) await other.take(ids.length * each)
    expect(paused.cursors.length).toBeLessThan(ids.length * each)
    paused.socket.resume()
    await paused.until(ids.length * each)
    expect(paused.cursors).toEqual(others[0]?.events.map(({ cursor }) => cursor))
  })
})

function secretOf({ botAgent }: Secret): string | null {
  return botAgent.webhooks.secretKey
}

/** A client that can stop reading. */
async function rawSubscriber(token: string, query: string) {
  const socket = new WebSocket(gateway.url.replace('http', 'ws'), 'graphql-transport-ws')
  const cursors: string[] = []
  const send = (message: object) => socket.send(JSON.stringify(message))
  await once(socket, 'open')
  send({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } })
  await once(socket, 'message')
  send({ type: 'subscribe', id: 'events', payload: { query } })
  send({ type: 'subscribe', id: 'begun', payload: { query: '{ viewer { licenseId } }' } })
  await once(socket, 'message')
  socket.on('message', (data) => {
    const { id, payload } = JSON.parse(String(data))
    if (id === 'events') cursors.push(payload.data.botAgentStatusChanged.cursor)
  })
  const until = async (count: number) => {
    while (cursors.length < count) await once(socket, 'message')
    socket.close()
  }
  return { socket, cursors, until }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { run } from './support/client.ts'
import { databaseForTest } from './support/database.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { spawnGateway } from './support/gateway-process.ts'

const quickly = { WEBHOOK_RETRY_SCHEDULE: '20ms,20ms,20ms' }
let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ env: quickly })
})
afterAll(() => gateway.stop())

/** `npm run demo`, with everything that it prints. */
function startDemo(...args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../demo/demo.ts'), '--pace', '20', ...args], {
    env: { ...process.env, DATA_DIR: gateway.dataDir, GATEWAY_URL: gateway.url, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const lines: string[] = []
  const out = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  const complaints: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line))
  return {
    child,
    lines,
    complaints,
    /** Resolves when it has printed a line that contains the text. */
    async prints(text: string): Promise<void> {
      while (!lines.some((line) => line.includes(text))) await once(out, 'line')
    },
    /** Resolves to the exit code. */
    ended: once(child, 'close').then(([code]) => code as number | null),
  }
}

const ask = async <Data>(query: string, url = gateway.url) => run<Data>({ url }, await gateway.token(), query)

const idOf = (line: string) => /dlv_\w+/.exec(line)?.[0]

interface Deliveries {
  webhookDeliveries: { nodes: { id: string; state: string }[] }
}

const bots = async () =>
  (await ask<{ botAgents: { nodes: { name: string }[] } }>('{ botAgents { nodes { name } } }')).botAgents.nodes

describe('the demo', { timeout: 120_000 }, () => {
  it('plays a chat, verifies every webhook, receives again those it refused, and removes its bots', async () => {
    const demo = startDemo('--rounds', '1')
    expect([await demo.ended, demo.complaints]).toEqual([0, []])
    expect(await bots()).toEqual([])

    const heard = demo.lines.filter((line) => /^ {2}[✓✗]/.test(line))
    expect(heard.filter((line) => line.startsWith('  ✗'))).toEqual([])
    const refused = heard.filter((line) => line.includes('answered 503')).map(idOf)
    expect(refused.length).toBeGreaterThan(0)
    expect(heard.filter((line) => line.includes('sent 2 times by now')).map(idOf)).toEqual(refused)

    const { webhookDeliveries } = await ask<Deliveries>('{ webhookDeliveries(first: 100) { nodes { id state } } }')
    expect(new Set(webhookDeliveries.nodes.map(({ state }) => state))).toEqual(new Set(['SUCCEEDED']))
    expect(webhookDeliveries.nodes.map(({ id }) => id).sort()).toEqual([...new Set(heard.map(idOf))].sort())
  })

  it('runs until it is asked to stop, and then removes its bots', async () => {
    const demo = startDemo()
    await demo.prints('Chat 2')
    demo.child.kill('SIGINT')
    expect([await demo.ended, demo.complaints]).toEqual([0, []])
    expect(await bots()).toEqual([])
  })

  it('waits while the gateway restarts, and continues where it was', async () => {
    const settings = { DATABASE_URL: await databaseForTest(), DATA_DIR: gateway.dataDir, ...quickly }
    const first = await spawnGateway(settings)
    const demo = startDemo('--url', first.url, '--rounds', '2', '--pace', '200')
    await demo.prints('Anna presses')
    await first.end('SIGTERM')
    await demo.prints('The gateway is away')
    const second = await spawnGateway({ ...settings, PORT: new URL(first.url).port })
    onTestFinished(async () => {
      await second.end('SIGTERM')
    })
    expect([await demo.ended, demo.complaints]).toEqual([0, []])
    const { webhookDeliveries } = await ask<Deliveries>(
      '{ webhookDeliveries(first: 100) { nodes { id state } } }',
      second.url,
    )
    expect(new Set(webhookDeliveries.nodes.map(({ state }) => state))).toEqual(new Set(['SUCCEEDED']))
    const idsOf = (action: string) => new Set(demo.lines.filter((line) => line.includes(action)).map(idOf))
    expect([idsOf('incoming_chat_thread').size, idsOf('thread_closed').size]).toEqual([1, 3])
  })

  it('removes only the bots that an earlier demo left behind', async () => {
    await ask('mutation { createBotAgent(input: { name: "Night watch", status: OFFLINE }) { botAgent { id } } }')
    expect(await startDemo('--rounds', '1', '--keep').ended).toBe(0)
    expect(await bots()).toHaveLength(3)
    const demo = startDemo('--rounds', '1')
    expect(await demo.ended).toBe(0)
    expect(demo.lines[0]).toBe('Removed 2 bots left by an earlier demo.')
    expect(await bots()).toEqual([{ name: 'Night watch' }])
  })

  it('says what to do if no gateway responds, or if the gateway refuses its tokens', async () => {
    const demo = startDemo('--url', 'http://127.0.0.1:9/graphql')
    expect(await demo.ended).toBe(1)
    expect(demo.complaints.join('\n')).toMatch(/^No gateway responds at http:.*\n.*npm start/)

    const other = await startGateway()
    const stranger = startDemo('--url', other.url)
    expect(await stranger.ended).toBe(1)
    expect(stranger.complaints.join('\n')).toContain('DATA_DIR')
    await other.stop()
  })
})

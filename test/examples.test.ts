import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { openSso } from '../src/identity/issuers/sso.ts'
import { scopes } from '../src/identity/scope.ts'
import { create, type StatusChange, updateBotAgent } from './support/bot-agents.ts'
import { run } from './support/client.ts'
import { createDatabase } from './support/database.ts'
import { type ExampleProcess, startExample } from './support/example-process.ts'
import { examples } from './support/examples.ts'
import { type GatewayProcess, spawnGateway } from './support/gateway-process.ts'
import { installed } from './support/installed.ts'
import { openSubscription } from './support/subscription.ts'
import { startTokenEndpoint, type TokenEndpoint } from './support/token-endpoint.ts'

// The programs run side by side against one gateway, which is stopped and started as in real life.

const execute = promisify(execFile)
const PAUSE = 10_000
/** Seconds: shorter than the pause, so that everyone needs another token after it. */
const SHORT = 8
const statuses = ['ACCEPTING_CHATS', 'NOT_ACCEPTING_CHATS', 'OFFLINE']

const python = installed('python3')
const websockets =
  python &&
  (await execute(python, ['-c', 'import websockets']).then(
    () => true,
    () => false,
  ))
const relay = inject('examplesInstalled')

const programs = [
  { name: 'apollo', there: true },
  { name: 'urql', there: true },
  { name: 'graphql-ws', there: true },
  { name: 'sse', there: true },
  { name: 'relay', there: relay, missing: 'the packages of examples/' },
  { name: 'python', there: Boolean(websockets), missing: 'python3 with websockets' },
] as const
const there = programs.filter(({ there }) => there)

let dataDir: string
let database: Awaited<ReturnType<typeof createDatabase>>
let gateway: GatewayProcess
let token: string
let tokens: TokenEndpoint

beforeAll(async () => {
  if (relay) await execute(join(examples, 'node_modules/.bin/relay-compiler'), { cwd: examples })
  database = await createDatabase()
  dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
  gateway = await spawnGateway({ DATABASE_URL: database.url, DATA_DIR: dataDir })
  const sso = await openSso(dataDir)
  const sign = (expiresIn: number) => sso.sign({ clientId: 'my-bots', licenseId: 1, scopes: [...scopes], expiresIn })
  token = await sign(3_600)
  tokens = await startTokenEndpoint(sign, 3_600)
})
afterAll(async () => {
  await gateway.end('SIGTERM')
  await tokens.stop()
  await database.drop()
  await rm(dataDir, { recursive: true })
})

const start = (name: string) =>
  startExample(
    name === 'python' ? 'python/main.py' : `${name}/main.ts`,
    name === 'python' ? (python ?? '') : process.execPath,
    { GATEWAY_URL: gateway.url, TOKEN_URL: `${tokens.url}/${name}` },
  )

function itWith(
  { there, name, ...program }: (typeof programs)[number],
  sentence: string,
  test: () => Promise<void>,
): void {
  const missing = 'missing' in program ? program.missing : ''
  it.skipIf(!there)(there ? `${name} ${sentence}` : `${name} ${sentence}, SKIPPED: no ${missing}`, test)
}

const hasListed = (lines: readonly string[]) => lines.some((line) => line.startsWith('The list has '))

describe('each example, used as written,', () => {
  for (const program of programs)
    itWith(program, 'lists its bots and the new one, hears of it, and removes it when it is interrupted', async () => {
      const example = start(program.name)
      await example.until((lines) => lines.some((line) => line.endsWith('new → OFFLINE')))
      const [me, list, change = ''] = example.lines
      expect(me).toBe('I am my-bots, in license 1')
      const [own = ''] = change.split(':')
      expect(list).toBe(`The list has ${own}`)
      example.child.kill('SIGINT')
      expect([await example.ended, example.complaints]).toEqual([0, []])
      const { botAgents } = await run(gateway, token, '{ botAgents { nodes { name } } }')
      expect(botAgents).toEqual({ nodes: [] })
    })
})

describe('over a stop and a kill with pauses of ten seconds,', () => {
  const running = new Map<string, ExampleProcess>()
  let truth: string[]
  let revokedAfter: Map<string, number>

  beforeAll(async () => {
    tokens.validFor = SHORT
    tokens.issued.clear()
    const { cursor } = await run<{ cursor: string }>(gateway, token, '{ cursor }')
    const names = ['Counted', 'Second', 'Third', 'Fourth', 'Fifth']
    const [id = ''] = await inTurn(names, (name) => create(gateway, token, { name }))

    let changes = 0
    const change = async () => {
      changes += 1
      await run(gateway, token, updateBotAgent, { input: { id, status: statuses[changes % statuses.length] } })
    }
    /** Changes until the gateway is gone, and calls back after the first ten. */
    const burst = async (underWay: () => void) => {
      for (let made = 1; ; made += 1) {
        await change()
        if (made === 10) underWay()
      }
    }
    const restart = async (signal: NodeJS.Signals) => {
      const port = new URL(gateway.url).port
      const { promise: underWay, resolve } = Promise.withResolvers<void>()
      const changing = burst(resolve).catch(() => {})
      await Promise.race([underWay, changing])
      await gateway.end(signal)
      await changing
      await setTimeout(PAUSE)
      const before = new Map([...running].map(([name, { lines }]) => [name, heard(lines).length]))
      gateway = await spawnGateway({ DATABASE_URL: database.url, DATA_DIR: dataDir, PORT: port })
      for (const _ of statuses) await change()
      await all((example, name) =>
        example.until((lines) => heard(lines).length >= (before.get(name) ?? 0) + statuses.length),
      )
    }
    /** What there is to hear of `Counted`, or, when it is removed, of its id. */
    const heard = (lines: readonly string[]) =>
      lines.filter((line) => line.startsWith('Counted:') || line.startsWith(id))
    const all = (test: (example: ExampleProcess, name: string) => Promise<void>) =>
      Promise.all([...running].map(([name, example]) => test(example, name)))

    for (const { name } of there) running.set(name, start(name))
    await all((example) => example.until(hasListed))
    await change()
    await all((example) => example.until((lines) => heard(lines).length >= 1))
    // The first tokens end while the gateway runs.
    await all((_, name) => tokens.until(`/${name}`, 2))
    await change()
    await restart('SIGTERM')
    tokens.validFor = 3_600
    await restart('SIGKILL')
    await run(gateway, token, 'mutation ($id: ID!) { removeBotAgent(input: { botAgentId: $id }) { botAgentId } }', {
      id,
    })
    truth = await replay(cursor, id)
    await all((example) => example.until((lines) => heard(lines).length >= truth.length))
    revokedAfter = new Map([...tokens.issued].map(([path, issued]) => [path, issued.length]))
    for (const revoked of [...tokens.issued.values()].flat()) {
      await fetch(new URL('/oauth/revoke', gateway.url), {
        method: 'POST',
        body: new URLSearchParams({ token: revoked }),
      })
    }
  }, 240_000)
  afterAll(() => {
    for (const { child } of running.values()) child.kill('SIGKILL')
  })

  /** What the gateway says that has happened, as the programs say it; without the creation, which they have in their lists. */
  async function replay(after: string, id: string): Promise<string[]> {
    const query = `subscription ($after: String, $id: ID!) {
      botAgentStatusChanged(after: $after, botAgentIds: [$id]) { cursor previousStatus status reason }
    }`
    const replayed = await openSubscription<StatusChange>(gateway, token, query, { variables: { after, id } })
    const changes = await replayed.takeThrough(({ reason }) => reason === 'REMOVED')
    await replayed.stop()
    return changes.slice(1).map(({ previousStatus, status }) => `${previousStatus} → ${status}`)
  }

  for (const program of programs) {
    const example = () => running.get(program.name) as ExampleProcess

    itWith(program, 'hears of each change, once and in order', async () => {
      const heard = example().lines.filter((line) => /^(Counted|[0-9a-f]{32}): /.test(line) && !line.includes('new →'))
      expect(truth.length).toBeGreaterThan(8)
      expect(heard.map((line) => line.split(': ')[1])).toEqual(truth)
    })

    itWith(program, 'has paged through the list before', async () => {
      const list = example().lines.find((line) => line.startsWith('The list has '))
      for (const name of ['Counted', 'Second', 'Third', 'Fourth', 'Fifth']) expect(list).toContain(name)
    })

    itWith(program, 'renews its token', async () => {
      expect(revokedAfter.get(`/${program.name}`)).toBeGreaterThanOrEqual(4)
    })

    itWith(program, 'stays away when its token is revoked, and says why', async () => {
      expect(await example().ended).toBe(1)
      expect(example().complaints.at(-1)).toMatch(/^The stream has ended: .*revoked/)
      expect(tokens.issued.get(`/${program.name}`)?.length).toBe(revokedAfter.get(`/${program.name}`))
    })
  }
})

async function inTurn<T, R>(values: readonly T[], each: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (const value of values) results.push(await each(value))
  return results
}

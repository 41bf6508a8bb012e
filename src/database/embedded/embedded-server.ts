import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { DATABASE, ROLE } from './embedded-cluster.ts'
import { openDataFolder } from './embedded-folder.ts'
import { clearFolder, createDatabase, DataDirInUse, takeOwnership } from './embedded-ownership.ts'
import { launch } from './embedded-postmaster.ts'

export { DataDirInUse }

/** A PostgreSQL that serves only this gateway. */
export interface EmbeddedServer {
  /** Valid until `stop()`: a server that dies is started again on the same port, with the same password. */
  readonly connectionString: string
  /** Closes open connections, and resolves when no process of the server is left. May be called again. */
  stop(): Promise<void>
}

/**
 * Starts PostgreSQL on 127.0.0.1 with the folder `<dataDir>/postgres`, which the first start creates.
 * If it throws, it leaves nothing running.
 * @param options.prepared as of `openDataFolder`
 * @param options.meanwhile is called whenever PostgreSQL has begun to start, for what would keep the process busy later
 * @param options.choosePort by default asks the system for a free port; called again if the port is taken meanwhile
 * @throws DataDirInUse if another gateway uses the folder; Error with a message for people if PostgreSQL can't run here
 */
export async function startEmbeddedServer(options: {
  dataDir: string
  prepared?: string
  log: Logger
  meanwhile?: () => void
  choosePort?: () => Promise<number>
}): Promise<EmbeddedServer> {
  const { dataDir, prepared, log, meanwhile, choosePort = findFreePort } = options
  const folder = await openDataFolder(dataDir, { prepared, log })
  await using parts = new AsyncDisposableStack()

  let port = 0
  const startServer = async (signal: AbortSignal) => {
    const stalePid = await clearFolder(folder, { signal, log })
    await folder.binaries.handOver(folder.path)
    const chosen = port || (await choosePort())
    const postmaster = launch(folder, { port: chosen, stalePid, signal, log })
    meanwhile?.()
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
/** A failure after the server has run for longer than this counts as the first one again. */
const STABLE_MS = 60_000

/**
 * Starts something that has to keep running, and starts it again each time it ends by itself, until it is disposed.
 * @param start starts something that runs until `ended` resolves, which is soon after the signal aborts
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
  const startRepeatedly = async (isFinal: (error: unknown) => boolean) => {
    while (!signal.aborted) {
      try {
        return await start(signal)
      } catch (error) {
        failures++
        if (isFinal(error)) throw error
        if (!signal.aborted) log.warn({ err: error }, `${what} did not start: retrying`)
        await backOff()
      }
    }
    return undefined
  }
  const first = await startRepeatedly((error) => error instanceof DataDirInUse || failures === FIRST_ATTEMPTS)
  failures = 0

  const watch = async () => {
    for (let current = first; current; current = await startRepeatedly(() => false)) {
      const since = performance.now()
      const how = await current.ended
      if (signal.aborted) return
      failures = performance.now() - since > STABLE_MS ? 0 : failures + 1
      log.error({ how }, `${what} ended by itself: restarting it`)
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

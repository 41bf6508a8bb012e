import { InvalidConfig, readConfig } from './config.ts'
import { startGateway } from './gateway.ts'
import { createLog } from './log.ts'

/** The process: config, start, signals. */
try {
  const config = readConfig(process.env)
  const log = createLog(config.logLevel)
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise was rejected and nobody looked'))

  const stopAsked = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve)
    whenNpmEnds(() => resolve('the end of npm'))
  })
  const gateway = await startGateway(config, log)
  process.stdout.write(`ready ${gateway.url}\n`)

  log.info({ signal: await stopAsked }, 'stopping')
  await gateway.stop()
  log.info('stopped')
} catch (error) {
  process.stderr.write(`The gateway did not start.\n${explain(error)}\n`)
  process.exitCode = 1
}

/** npm passes no signal on to what it has started, unless a terminal does. */
function whenNpmEnds(act: () => void): void {
  if (!process.env.npm_lifecycle_event) return
  const npm = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === npm) return
    clearInterval(timer)
    act()
  }, 1_000)
  timer.unref()
}

function explain(error: unknown): string {
  if (error instanceof InvalidConfig) return error.message
  return error instanceof Error ? error.message : String(error)
}

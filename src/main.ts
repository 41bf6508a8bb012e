import { InvalidConfig, readConfig } from './config.ts'
import { startGateway } from './gateway.ts'
import { createLog } from './process/log.ts'
import { stopAsked } from './process/stop-signal.ts'

/** The process: config, start, signals. */
try {
  const config = readConfig(process.env)
  const log = createLog(config.logLevel)
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise was rejected and nobody looked'))

  const stop = stopAsked()
  const gateway = await startGateway(config, log)
  process.stdout.write(`ready ${gateway.url}\n`)

  log.info({ signal: await stop }, 'stopping')
  await gateway.stop()
  log.info('stopped')
} catch (error) {
  process.stderr.write(`The gateway did not start.\n${explain(error)}\n`)
  process.exitCode = 1
}

function explain(error: unknown): string {
  if (error instanceof InvalidConfig) return error.message
  return error instanceof Error ? error.message : String(error)
}

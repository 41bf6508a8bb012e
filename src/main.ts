import { InvalidConfig, readConfig } from './config.ts'
import { startGateway } from './gateway.ts'
import { createLog } from './process/log.ts'
import { stopReason } from './process/stop-signal.ts'

/** How long a gateway that failed may take to stop everything it has started. */
const STOP_WITHIN_MS = 30_000

/** The process: config, start, and why it ends. */
try {
  const config = readConfig(process.env)
  const log = createLog(config.logLevel)
  const stopping = stopReason()
  const gateway = await startGateway(config, log)
  process.stdout.write(`ready ${gateway.url}\n`)

  const reason = await stopping
  if ('error' in reason) {
    log.fatal({ err: reason.error }, 'unhandled error: stopping')
    failed()
  } else log.info({ signal: reason.signal }, 'stopping')
  await gateway.stop()
  log.info('stopped')
} catch (error) {
  process.stderr.write(`The gateway did not start.\n${explain(error)}\n`)
  failed()
}

/** Ends the process with exit code 1, even if something keeps it from ending by itself. */
function failed(): void {
  process.exitCode = 1
  setTimeout(() => process.exit(), STOP_WITHIN_MS).unref()
}

function explain(error: unknown): string {
  if (error instanceof InvalidConfig) return error.message
  return error instanceof Error ? error.message : String(error)
}

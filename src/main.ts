import { styleText } from 'node:util'
import { InvalidConfig, readConfig } from './config.ts'
import { isLostConnection } from './database/lost-connection.ts'
import { UnusableDatabase } from './database/migrations.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { gatewayId, newGatewayNumber } from './process/gateway-id.ts'
import { createLog } from './process/log.ts'
import { onUnhandledError, stopSignal } from './process/stop-signal.ts'

/** How long a gateway that failed may take to stop everything that it has started. */
const STOP_WITHIN_MS = 30_000

/** The process: reads the settings, starts the gateway, and says why it stops. */
try {
  const config = readConfig(process.env)
  const number = newGatewayNumber()
  const log = createLog(config.logLevel).child({ gateway: gatewayId(number) })
  const failure = new Promise<string>((resolve) => {
    onUnhandledError((error) => {
      log.fatal({ err: error }, 'an error was not handled: stopping')
      fail()
      resolve('an error that was not handled')
    })
  })
  const asked = stopSignal()

  const gateway = await startGateway(config, { number, log })
  const ready = `ready ${gateway.url}`
  process.stdout.write(`${process.stdout.isTTY ? styleText(['bold', 'green'], ready) : ready}\n`)

  log.info({ signal: await Promise.race([asked, failure]) }, 'stopping')
  await stop(gateway)
  log.info('stopped')
} catch (error) {
  process.stderr.write(`The gateway did not start.\n${explain(error)}\n`)
  fail()
}

async function stop(gateway: Gateway): Promise<void> {
  try {
    await gateway.stop()
  } catch (error) {
    process.stderr.write(`The gateway did not stop everything.\n${explain(error)}\n`)
    fail()
  }
}

/** Ends the process with the exit code 1, even if something keeps it from ending by itself. */
function fail(): void {
  process.exitCode = 1
  setTimeout(() => process.exit(), STOP_WITHIN_MS).unref()
}

function explain(error: unknown): string {
  // The first failure says more than failures while the other parts were being stopped.
  if (error instanceof SuppressedError) return explain(error.suppressed)
  if (error instanceof InvalidConfig || error instanceof UnusableDatabase) return error.message
  if (isLostConnection(error))
    return 'The connection to PostgreSQL was lost. Check that it runs, and start the gateway again.'
  return error instanceof Error ? error.message : String(error)
}

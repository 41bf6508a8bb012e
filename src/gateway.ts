import type { Logger } from 'pino'
import { openAdmission } from './admission/open-admission.ts'
import { encryptedColumns as ofBotAgents } from './bot-agents/bot-agent-store.ts'
import type { Config } from './config.ts'
import { openStorage } from './database/storage.ts'
import { encryptedColumns as ofDeliveries } from './deliveries/outbox.ts'
import { openFeatures } from './features.ts'
import { openFeed } from './feed/open-feed.ts'
import { openHttp } from './http/open-http.ts'
import { openAuthentication } from './identity/authentication/open-authentication.ts'
import { openIdentity } from './identity/revocation/open-identity.ts'
import { createMetrics } from './process/metrics.ts'
import { startUpkeep } from './process/upkeep.ts'
import { buildSchema } from './schema.ts'

/** A running gateway. */
export interface Gateway {
  /** The address of its GraphQL endpoint, such as `http://127.0.0.1:4000/graphql`. */
  readonly url: string
  /** Ends requests and streams, so that clients reconnect elsewhere, and stops everything that `startGateway` has started. */
  stop(): Promise<void>
}

/** Opens all parts of the gateway, from the lowest floor to the highest. If one fails to open, those below it are closed again. */
export async function startGateway(config: Config, log: Logger): Promise<Gateway> {
  await using parts = new AsyncDisposableStack()
  const metrics = createMetrics()
  const { rates, turns } = openAdmission(config, { metrics })
  const storage = await openStorage(config, { parts, encryptedColumns: [...ofBotAgents, ...ofDeliveries], log })
  const { feed, changes, ...followed } = await openFeed(config, { parts, storage, metrics, log })
  const identity = await openIdentity(config, { parts, storage, feed, log })
  const features = openFeatures(config, { parts, storage, feed, changes, identity, metrics, log })
  const { services } = features
  const { logOut } = services.botAgents
  const authentication = openAuthentication(config, { parts, changes, identity, logOut, rates, log })
  parts.defer(
    startUpkeep(
      [storage, followed, identity, features].flatMap(({ upkeep }) => upkeep),
      log,
    ),
  )

  const schema = buildSchema()
  const { database } = storage
  const { issuer } = identity
  const http = openHttp(config, { schema, services, authentication, issuer, database, rates, turns, metrics, log })
  const address = await http.listen(config.host, config.port)

  const started = parts.move()
  return {
    url: `${address}/graphql`,
    async stop() {
      const closed = http.stop()
      feed.endStreams()
      await closed
      await started.disposeAsync()
    },
  }
}

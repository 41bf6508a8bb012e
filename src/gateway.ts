import type { Logger } from 'pino'
import { createAdmission } from './admission/admission.ts'
import type { Config } from './config.ts'
import { openStorage } from './database/storage.ts'
import { encryptedColumns, openFeatures } from './features.ts'
import { openFeed } from './feed/open-feed.ts'
import { openHttp } from './http/open-http.ts'
import { openAuthentication } from './identity/authentication/open-authentication.ts'
import { openIdentity } from './identity/authentication/open-identity.ts'
import { createMetrics } from './process/metrics.ts'
import { Upkeep } from './process/upkeep.ts'
import { buildSchema } from './schema.ts'

/** A gateway that serves. */
export interface Gateway {
  /** The address of its GraphQL endpoint, such as `http://127.0.0.1:4000/graphql`. */
  readonly url: string
  /** Ends what is under way, asks those who watch to reconnect, and stops everything that `startGateway` has started. */
  stop(): Promise<void>
}

/**
 * Opens the floors of the house, from the lowest to the highest. If one can't be opened, those below it are closed again.
 * @param of.number that no other gateway of the cluster has
 */
export async function startGateway(config: Config, of: { number: number; log: Logger }): Promise<Gateway> {
  const { number, log } = of
  await using parts = new AsyncDisposableStack()
  const metrics = createMetrics()
  const admission = createAdmission(config, { metrics })
  const storage = await openStorage(config, { parts, encryptedColumns, log })
  const followed = await openFeed(config, { parts, storage, metrics, log })
  const { feed, changes } = followed
  const identity = await openIdentity(config, { parts, storage, feed, log })
  const features = openFeatures(config, { parts, number, storage, followed, identity, metrics, log })
  const { services } = features
  const { logOut } = services.botAgents
  const authentication = openAuthentication(config, { parts, changes, identity, logOut, ...admission, log })

  const tasks = [storage, followed, identity, features].flatMap(({ upkeep }) => upkeep)
  const upkeep = new Upkeep(tasks, log)
  parts.defer(() => upkeep.stop())
  upkeep.start()

  const { database } = storage
  const { issuer } = identity
  const schema = buildSchema()
  const heartbeats = [followed.heartbeat, ...features.heartbeats]
  const served = { schema, services, authentication, issuer, database, feed, heartbeats, ...admission }
  const address = await openHttp(config, { parts, ...served, metrics, log })

  const started = parts.move()
  return { url: `${address}/graphql`, stop: () => started.disposeAsync() }
}

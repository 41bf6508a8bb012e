import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { rateLimits } from './admission/rate-limits.ts'
import { Turns } from './admission/turns.ts'
import { auditTrail as openAuditTrail } from './audit/audit-trail.ts'
import { botAgentService } from './bot-agents/bot-agent-service.ts'
import { chatEventService } from './chat-events/chat-event-service.ts'
import type { Config } from './config.ts'
import { type Database, openDatabase } from './database/database.ts'
import { startEmbeddedServer } from './database/embedded/embedded-server.ts'
import { encryption as openEncryption } from './database/encryption.ts'
import { encryptionKeys } from './database/encryption-keys.ts'
import { migrate } from './database/migrations.ts'
import { deliveryQueue } from './deliveries/delivery-queue.ts'
import { deliveryUpkeep } from './deliveries/delivery-upkeep.ts'
import { deliveryWorker } from './deliveries/delivery-worker.ts'
import { webhooksHealth } from './deliveries/webhooks-health.ts'
import { webhookDeliveryService } from './delivery-log/webhook-delivery-service.ts'
import { openFeed } from './feed/feed.ts'
import { graphiqlPage } from './http/graphiql/graphiql.ts'
import { addressOf } from './http/request/address.ts'
import { hosts } from './http/request/hosts.ts'
import { origins } from './http/request/origins.ts'
import { httpServer, type Readiness } from './http/server.ts'
import { accessTokens } from './identity/authentication/access-token.ts'
import { logIn } from './identity/authentication/authentication-limits.ts'
import type { OpenIdProvider } from './identity/issuers/openid-provider.ts'
import { prune as pruneTokens } from './identity/revocation/access-token-store.ts'
import { introspectionRounds } from './identity/revocation/introspection-rounds.ts'
import { revocationKeys } from './identity/revocation/revocation-key.ts'
import { revoking, tokenBinding } from './identity/revocation/revocation-service.ts'
import { Revocations } from './identity/revocation/revocations.ts'
import { tokenHistory } from './identity/revocation/token-history.ts'
import { TokensInUse } from './identity/revocation/tokens-in-use.ts'
import { httpSender } from './outbound/http-sender.ts'
import { every } from './process/every.ts'
import { forASecond } from './process/for-a-second.ts'
import { keyFile } from './process/key-file.ts'
import { openMetrics } from './process/metrics.ts'
import { development, production } from './profile.ts'
import { chatProperties } from './properties/chat-properties.ts'
import { propertyDefinitionService } from './properties/property-definition-service.ts'
import { propertySearchService } from './properties/property-search-service.ts'
import { propertyValueService } from './properties/property-value-service.ts'
import { buildSchema } from './schema.ts'
import { secretKeys } from './webhooks/secret-keys.ts'

/** A gateway that serves. */
export interface Gateway {
  /** The address of its GraphQL endpoint, such as `http://127.0.0.1:4000/graphql`. */
  readonly url: string
  /** Ends what is under way, tells those who watch to come back, and stops everything that `startGateway` started. */
  stop(): Promise<void>
}

const PRUNE_EVERY_MS = 3_600_000
const SWEEP_EVERY_MS = 60_000

/** Builds every part from the config and joins them. Stops what it has started if a later part fails to start. */
export async function startGateway(config: Config, log: Logger): Promise<Gateway> {
  await using parts = new AsyncDisposableStack()

  const embedded = config.databaseUrl ? undefined : await startEmbeddedServer({ dataDir: config.dataDir, log })
  if (embedded) parts.defer(() => embedded.stop())
  const connectionString = config.databaseUrl ?? embedded?.connectionString ?? ''
  await migrate(connectionString, { log })
  const database = openDatabase(connectionString, { log })
  parts.defer(() => database.$disconnect())

  const encryption = openEncryption(
    config.encryptionKey ?? (await developmentKey(config)),
    config.acceptedEncryptionKeys,
  )
  const keys = encryptionKeys({ database, encryption, log })
  await keys.demandKnown()
  const tokenKeys = revocationKeys(encryption.hashes)
  const revocations = new Revocations()
  const tokensInUse = new TokensInUse(revocations)
  parts.defer(() => tokensInUse.close())
  const { openId, dataDir } = config
  const profile = openId
    ? production({ openId, keys: tokenKeys, revocations, log })
    : await development({ dataDir, keys: tokenKeys })
  const { issuer, provider } = profile

  const feed = openFeed({ connectionString, database, encryption, log })
  const metrics = openMetrics()
  metrics.gauge('gateway_streams_open', 'Subscriptions that this gateway serves.', async () => feed.streams())
  const queue = deliveryQueue(database)
  metrics.gauge(
    'gateway_webhooks_due',
    'Webhooks of the whole cluster that are due and wait to be sent.',
    forASecond(queue.due),
  )
  const worker = deliveryWorker({
    queue,
    health: webhooksHealth(database),
    sender: httpSender({ timeout: config.webhookTimeout, allowed: config.webhookAllowedNetworks }),
    schedule: config.webhookRetrySchedule,
    encryption,
    feed,
    metrics,
    log,
  })
  const onDue = () => worker.hint()
  const chatEvents = chatEventService({ database, feed, onDue, chatProperties })
  const webhookDeliveries = webhookDeliveryService({ database, feed, onDue })
  const allowed = config.webhookAllowedNetworks
  const limit = config.botAgentsPerApplication
  const tokens = tokenBinding(issuer.standing && tokensInUse)
  const botAgents = botAgentService({ database, encryption, feed, chatEvents, tokens, allowed, limit })
  const auditTrail = openAuditTrail(database)
  const rates = rateLimits(config.rateLimits)
  const turns = new Turns()
  metrics.gauge(
    'gateway_operations_running',
    'Operations that this gateway runs, at most 16.',
    async () => turns.running,
  )
  metrics.gauge('gateway_operations_waiting', 'Operations that wait for their turn.', async () => turns.waiting)
  const revoke = revoking({ database, feed, revocations, logOut: botAgents.logOut, onDue })
  const history = openId && tokenHistory({ database, revoke, log })
  const authenticate = accessTokens({ issuer, keys: tokenKeys, revocations, tokensInUse, ...(history && { history }) })
  const addressOfCaller = addressOf(config.trustedProxies, log)
  const http = httpServer({
    schema: buildSchema(),
    services: {
      botAgents,
      chatEvents,
      webhookDeliveries,
      propertyDefinitions: propertyDefinitionService({ database }),
      propertyValues: propertyValueService({ database, feed, chatEvents, botAgents }),
      propertySearch: propertySearchService({ database }),
      auditTrail,
      secretKeys: secretKeys({ auditTrail, ofOthersInMethods: config.methodsSecretKeyOfOthers }),
      feed,
      tokensInUse,
    },
    authenticate: logIn(authenticate, rates),
    addressOf: addressOfCaller,
    trustedProxies: config.trustedProxies,
    hosts: hosts(config.allowedHosts),
    origins: origins(config.allowedOrigins),
    rates,
    turns,
    graphiql: config.graphiql ? graphiqlPage(profile.token) : undefined,
    introspection: config.introspection,
    routes: profile.routes({ revoke, addressOf: addressOfCaller }),
    readiness: readiness(database, provider),
    metrics,
    log,
  })

  parts.defer(() => feed.stop())
  await feed.start()
  await revocations.follow(database, feed)
  if (provider) {
    parts.defer(() => provider.stop())
    await provider.start()
  }
  if (issuer.standing && openId) {
    const { standing } = issuer
    const period = openId.introspectionPeriod
    const rounds = introspectionRounds({ standing, tokensInUse, database, revoke, period, log })
    parts.defer(() => rounds.stop())
    rounds.start()
  }
  parts.defer(() => worker.stop())
  worker.start()
  const upkeep = deliveryUpkeep(database, { retention: config.webhookRetention })
  const prune = () =>
    Promise.all([
      feed.prune(config.feedRetention),
      upkeep.prune(),
      auditTrail.prune(config.auditRetention),
      pruneTokens(database),
      revocations.prune(),
    ])
  const sweep = () => Promise.all([upkeep.cancelOrphans(), upkeep.holdDisabled()])
  parts.defer(every(PRUNE_EVERY_MS, prune, { log, called: 'removing what is old' }))
  parts.defer(every(SWEEP_EVERY_MS, sweep, { log, called: 'sweeping deliveries' }))
  const stopping = new AbortController()
  const reencrypt = () => keys.upkeep(stopping.signal)
  parts.defer(every(SWEEP_EVERY_MS, reencrypt, { log, called: 'bringing secrets under the present encryption key' }))
  parts.defer(() => stopping.abort())
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

/**
 * Whoever asks, and however often: the answer is good for a second, and names no address. A caller who can't be told now from a stranger
 * may be later, so a provider that is away does not end what is under way.
 */
function readiness(database: Database, provider: OpenIdProvider | undefined): () => Promise<Readiness> {
  return forASecond(async () => {
    const answered = await database.$queryRaw`select 1`.then(
      () => true,
      () => false,
    )
    const troubles = [
      ...(answered ? [] : ['The database does not answer.']),
      ...(provider?.trouble ? ['The OpenID provider does not answer: the log tells more.'] : []),
    ]
    return { ready: answered && provider?.discovered !== false, troubles }
  })
}

async function developmentKey({ dataDir }: Config): Promise<Buffer> {
  return Buffer.from(await keyFile(join(dataDir, 'encryption-key'), () => randomBytes(32).toString('hex')), 'hex')
}

import type { GraphQLSchema } from 'graphql'
import type { Logger } from 'pino'
import type { RateLimits } from '../admission/rate-limits.ts'
import type { Turns } from '../admission/turns.ts'
import type { Database } from '../database/database.ts'
import type { Feed } from '../feed/feed.ts'
import type { Services } from '../graphql/context.ts'
import type { Authentication } from '../identity/authentication/open-authentication.ts'
import type { OpenIssuer } from '../identity/issuers/open-issuer.ts'
import type { AllowedNetworks } from '../outbound/addresses.ts'
import type { Heartbeat } from '../process/heartbeat.ts'
import type { Metrics } from '../process/metrics.ts'
import { openConsole } from './console/console.ts'
import type { ConsoleProvider } from './console/sign-in.ts'
import { frontPage } from './front-page.ts'
import { createGraphiQLPage } from './graphiql/graphiql.ts'
import { oauthRoutes } from './oauth-routes.ts'
import { createReadiness } from './readiness.ts'
import { createAddressOf } from './request/address.ts'
import { createHosts } from './request/hosts.ts'
import { createOrigins } from './request/origins.ts'
import { SCHEMA, schemaRoute } from './schema-route.ts'
import { createHttpServer } from './server.ts'
import { ssoDiscovery } from './sso-discovery.ts'

export interface HttpSettings {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** Host names under which the gateway may be called, besides those that nobody else can own. See hosts.ts. */
  readonly allowedHosts: readonly string[]
  /** Other origins whose pages may call the gateway. */
  readonly allowedOrigins: readonly string[]
  /** Networks of proxies whose X-Forwarded-For is trusted. */
  readonly trustedProxies: AllowedNetworks
  /** Whether the console is served. */
  readonly console: boolean
  /** Where the console signs people in; absent with the built-in SSO, and if there is no console. */
  readonly consoleProvider: ConsoleProvider | undefined
  /** Whether GraphiQL is served. */
  readonly graphiql: boolean
  /** Whether the schema can be queried, and errors suggest names from it. */
  readonly introspection: boolean
}

/** Opens the ways in, which serve from now on. @returns the address, such as `http://127.0.0.1:4000` @throws if it can't listen there */
export async function openHttp(
  settings: HttpSettings,
  options: {
    parts: AsyncDisposableStack
    schema: GraphQLSchema
    services: Services
    authentication: Authentication
    issuer: OpenIssuer
    database: Database
    feed: Pick<Feed, 'endStreams'>
    heartbeats: readonly Heartbeat[]
    rates: RateLimits
    turns: Turns
    arrivals: Turns
    metrics: Metrics
    log: Logger
  },
): Promise<string> {
  const {
    parts,
    schema,
    services,
    authentication,
    issuer,
    database,
    feed,
    heartbeats,
    rates,
    turns,
    arrivals,
    metrics,
    log,
  } = options
  const { trustedProxies, graphiql, introspection } = settings
  const addressOf = createAddressOf(trustedProxies, log)
  const { token, sso } = issuer.kind === 'sso' ? issuer : {}
  const provider = issuer.kind === 'openid' ? issuer.provider : undefined
  const { consoleProvider } = settings
  const console = settings.console
    ? await openConsole({ addressOf, token, provider: consoleProvider, surroundings: { graphiql, introspection }, log })
    : undefined
  const server = createHttpServer({
    schema,
    services,
    authenticate: authentication.authenticate,
    addressOf,
    trustedProxies,
    hosts: createHosts(settings.allowedHosts),
    origins: createOrigins(settings.allowedOrigins, log),
    rates,
    turns,
    arrivals,
    console,
    graphiql: graphiql ? createGraphiQLPage(addressOf, token) : undefined,
    introspection,
    routes: {
      ...oauthRoutes({ ...authentication, sso, addressOf }),
      ...(sso && ssoDiscovery(sso)),
      '/': frontPage({ console: console?.built ?? false, graphiql, introspection }),
      [SCHEMA]: schemaRoute(schema, settings),
    },
    readiness: createReadiness({ database, heartbeats, provider }),
    metrics,
    log,
  })
  parts.defer(async () => {
    // The server waits until its streams have ended, so both are done at the same time.
    const stopped = server.stop()
    feed.endStreams()
    await stopped
  })
  return server.listen(settings.host, settings.port)
}

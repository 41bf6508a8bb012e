import type { GraphQLSchema } from 'graphql'
import type { Logger } from 'pino'
import type { RateLimits } from '../admission/rate-limits.ts'
import type { Turns } from '../admission/turns.ts'
import type { Database } from '../database/database.ts'
import type { Services } from '../graphql/context.ts'
import type { Authentication } from '../identity/authentication/open-authentication.ts'
import type { OpenIssuer } from '../identity/issuers/open-issuer.ts'
import type { AllowedNetworks } from '../outbound/addresses.ts'
import type { Metrics } from '../process/metrics.ts'
import { createGraphiQLPage } from './graphiql/graphiql.ts'
import { oauthRoutes } from './oauth-routes.ts'
import { createReadiness } from './readiness.ts'
import { createAddressOf } from './request/address.ts'
import { createHosts } from './request/hosts.ts'
import { createOrigins } from './request/origins.ts'
import { createHttpServer, type HttpServer } from './server.ts'

export interface HttpSettings {
  /** Host names under which the gateway may be called, besides those that nobody else can own. See hosts.ts. */
  readonly allowedHosts: readonly string[]
  /** Other origins whose pages may call the gateway. */
  readonly allowedOrigins: readonly string[]
  /** Networks of proxies whose X-Forwarded-For is trusted. */
  readonly trustedProxies: AllowedNetworks
  /** Whether GraphiQL is served. */
  readonly graphiql: boolean
  /** Whether the schema can be queried, and errors suggest names from it. */
  readonly introspection: boolean
}

/** Every way into the gateway. Nothing is served before `listen`. */
export function openHttp(
  settings: HttpSettings,
  options: {
    schema: GraphQLSchema
    services: Services
    authentication: Authentication
    issuer: OpenIssuer
    database: Database
    rates: RateLimits
    turns: Turns
    metrics: Metrics
    log: Logger
  },
): HttpServer {
  const { schema, services, authentication, issuer, database, rates, turns, metrics, log } = options
  const { trustedProxies, introspection } = settings
  const addressOf = createAddressOf(trustedProxies, log)
  const token = issuer.kind === 'sso' ? issuer.token : undefined
  const provider = issuer.kind === 'openid' ? issuer.provider : undefined
  return createHttpServer({
    schema,
    services,
    authenticate: authentication.authenticate,
    addressOf,
    trustedProxies,
    hosts: createHosts(settings.allowedHosts),
    origins: createOrigins(settings.allowedOrigins),
    rates,
    turns,
    graphiql: settings.graphiql ? createGraphiQLPage(token) : undefined,
    introspection,
    routes: oauthRoutes({ ...authentication, addressOf }),
    readiness: createReadiness({ database, provider }),
    metrics,
    log,
  })
}

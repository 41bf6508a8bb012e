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
  /** Names by which the gateway may be called, besides those that nobody else can own. */
  readonly allowedHosts: readonly string[]
  /** Origins of pages that may call the gateway from elsewhere. */
  readonly allowedOrigins: readonly string[]
  /** Networks of proxies that report truly, in X-Forwarded-For, for which clients they call. */
  readonly trustedProxies: AllowedNetworks
  /** Whether GraphiQL is served. */
  readonly graphiql: boolean
  /** Whether the schema can be asked for, and errors suggest names out of it. */
  readonly introspection: boolean
}

/** The ways in. Nothing is served before `listen`. */
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

import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type FetchImplementation,
  type JWTVerifyGetKey,
  customFetch as jwksFetch,
} from 'jose'
import {
  allowInsecureRequests,
  ClientError,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  type CustomFetch,
  customFetch,
  discovery,
  type IntrospectionResponse,
  ResponseBodyError,
  tokenIntrospection,
} from 'openid-client'
import type { Logger } from 'pino'
import { Agent } from 'undici'
import { Line, NoPlace } from '../../admission/line.ts'
import { isLoopbackUrl } from '../../outbound/loopback.ts'
import { unavailable } from '../unauthenticated.ts'
import { boundedFetch } from './bounded-fetch.ts'

/** Requests to the provider at a time; the others wait. */
const CONNECTIONS = 16
/** Of these, so many may be about tokens that have never held: strangers' guesses don't keep the others waiting. */
const STRANGERS = 8
const MOST_STRANGERS_WAITING = 1_000
/** For each request, to the end of the answer; and for a stranger's turn. */
const TIMEOUT_SECONDS = 5
/** Bytes of its metadata, and of its keys; of its answer about one token. */
const LARGEST_DOCUMENT = 1024 * 1024
const LARGEST_ANSWER = 256 * 1024
/** While it can't be reached, it may have withdrawn a key, which nobody has heard of: its keys are trusted for so long. */
const KEYS_TRUSTED_MS = 24 * 3_600_000
/** How often the provider is looked at, so that a key it has withdrawn is not trusted for long. */
const REFRESH_MS = 60_000
/** After a failure; and how soon an unknown key makes us look again. */
const COOLDOWN_MS = 5_000

/** An OpenID provider, or another OAuth 2.0 authorization server that can be discovered, as far as the gateway uses it. */
export interface OpenIdProvider {
  /** Looks for it, and goes on until `stop`. Resolves also where it can't be reached. */
  start(): Promise<void>
  stop(): Promise<void>
  /** What it last could not be asked for; empty where it answers. `keys` tells whether tokens can be checked all the same. */
  readonly trouble: string | undefined
  /** Whether its keys are known, and were looked at within a day. */
  readonly discovered: boolean
  /** Its issuer identifier, as tokens name it. @throws Unauthenticated `unavailable` */
  issuer(): Promise<string>
  /** The key that has signed a JWT. @throws Unauthenticated `unavailable`; JWKSNoMatchingKey, JWKSMultipleMatchingKeys */
  readonly key: JWTVerifyGetKey
  /** Whether it can be asked about tokens: it has an endpoint for that, and the gateway is a client of it. */
  canIntrospect(): Promise<boolean>
  /**
   * RFC 7662.
   * @param known whether the token has held before: it does not wait behind those of strangers
   * @returns `undefined` where it does not tell of such tokens
   * @throws Unauthenticated `unavailable`
   */
  introspect(token: string, known: boolean): Promise<IntrospectionResponse | undefined>
}

interface Discovered {
  readonly configuration: Configuration
  readonly keys: ReturnType<typeof createRemoteJWKSet>
  /** When the keys were fetched. */
  readonly at: number
}

export function openIdProvider(options: {
  issuer: URL
  client: { id: string; secret: string } | undefined
  log: Logger
  /** The clock, in milliseconds. */
  now?: () => number
}): OpenIdProvider {
  const { issuer, client, log, now = Date.now } = options
  const agent = new Agent({ connections: CONNECTIONS })
  const fetchDocument = boundedFetch(agent, LARGEST_DOCUMENT)
  const fetchAnswer = boundedFetch(agent, LARGEST_ANSWER)
  const strangers = new Line({
    atATime: () => STRANGERS,
    mostWaiting: MOST_STRANGERS_WAITING,
    longestWait: TIMEOUT_SECONDS * 1_000,
  })
  const insecure = isLoopbackUrl(issuer) && issuer.protocol === 'http:'

  let discovered: Discovered | undefined
  let trouble: string | undefined
  let failedAt = 0
  let refreshing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const failed = (what: string, error: unknown) => {
    failedAt = now()
    if (stopped) return
    const reason = `The OpenID provider ${issuer.href} can not be ${what}: ${explain(error)}.`
    if (trouble !== reason) log.warn({ err: error }, reason)
    trouble = reason
  }
  const answered = () => {
    if (trouble) log.info(`The OpenID provider ${issuer.href} answers again.`)
    trouble = undefined
  }

  const discover = async (): Promise<Discovered> => {
    const find = (algorithm: 'oidc' | 'oauth2') =>
      discovery(issuer, client?.id ?? 'none', undefined, undefined, {
        algorithm,
        timeout: TIMEOUT_SECONDS,
        [customFetch]: fetchDocument as CustomFetch,
        execute: insecure ? [allowInsecureRequests] : [],
      })
    const found = await find('oidc').catch((error) => {
      if (isNotFound(error)) return find('oauth2')
      throw error
    })
    const server = found.serverMetadata()
    const { jwks_uri: keysUri } = server
    if (!keysUri) throw new Error('its metadata has no jwks_uri')
    if (!insecure && !keysUri.startsWith('https:')) throw new Error('its jwks_uri is not https')
    const methods =
      server.introspection_endpoint_auth_methods_supported ?? server.token_endpoint_auth_methods_supported ?? []
    const post = methods.includes('client_secret_post') && !methods.includes('client_secret_basic')
    const auth = client && (post ? ClientSecretPost(client.secret) : ClientSecretBasic(client.secret))
    const configuration = new Configuration(server, client?.id ?? 'none', undefined, auth)
    configuration[customFetch] = fetchAnswer as CustomFetch
    configuration.timeout = TIMEOUT_SECONDS
    if (insecure) allowInsecureRequests(configuration)
    const keys = createRemoteJWKSet(new URL(keysUri), {
      timeoutDuration: TIMEOUT_SECONDS * 1_000,
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: Number.POSITIVE_INFINITY, // `refresh` renews them; while it can't, those that are known go on for a day
      [jwksFetch]: fetchDocument as FetchImplementation,
    })
    await keys.reload()
    return { configuration, keys, at: now() }
  }

  const refresh = () => {
    refreshing ??= discover()
      .then((found) => {
        discovered = found
        answered()
      })
      .catch((error) => failed('reached', error))
      .finally(() => {
        refreshing = undefined
      })
    return refreshing
  }

  const demand = async (isUsable: (found: Discovered) => boolean = () => true): Promise<Discovered> => {
    const isFound = discovered && isUsable(discovered)
    if (!isFound && now() - failedAt > COOLDOWN_MS) await refresh()
    if (!discovered || !isUsable(discovered)) throw unavailable()
    return discovered
  }

  const areTrusted = ({ at }: Discovered) => now() - at < KEYS_TRUSTED_MS

  const again = async () => {
    await refresh()
    if (!stopped) timer = setTimeout(again, trouble ? COOLDOWN_MS : REFRESH_MS)
  }

  return {
    start: again,

    async stop() {
      stopped = true
      clearTimeout(timer)
      await agent.destroy()
      await refreshing
    },

    get trouble() {
      return trouble
    },

    get discovered() {
      return discovered !== undefined && areTrusted(discovered)
    },

    issuer: async () => (await demand()).configuration.serverMetadata().issuer,

    async key(header, token) {
      const { keys } = await demand(areTrusted)
      const known = keys.jwks()
      const down = now() - failedAt < COOLDOWN_MS
      try {
        return await (down && known ? createLocalJWKSet(known) : keys)(header, token)
      } catch (error) {
        if (error instanceof errors.JWKSMultipleMatchingKeys) throw error
        if (error instanceof errors.JWKSNoMatchingKey && !down) throw error
        if (!down) failed('asked for its keys', error)
        throw unavailable()
      }
    },

    async canIntrospect() {
      const { configuration } = await demand()
      return client !== undefined && configuration.serverMetadata().introspection_endpoint !== undefined
    },

    async introspect(token, known) {
      const { configuration } = await demand()
      const ask = () => tokenIntrospection(configuration, token, { token_type_hint: 'access_token' })
      try {
        const answer = await (known ? ask() : strangers.run(ask))
        answered()
        return answer
      } catch (error) {
        if (error instanceof NoPlace) throw unavailable()
        if (error instanceof ResponseBodyError && error.error === 'unsupported_token_type') return undefined
        failed('asked about tokens', error)
        throw unavailable()
      }
    },
  }
}

function isNotFound(error: unknown): boolean {
  const { cause } = error as { cause?: unknown }
  const response = cause as { status?: unknown } | undefined
  return error instanceof ClientError && response?.status === 404
}

/** Of nested errors the innermost says most: that of the network, not of the library. */
function explain(error: unknown): string {
  if (error instanceof ResponseBodyError) return `it answers ${error.error}`
  const { cause, message } = error as { cause?: unknown; message?: string }
  if (cause instanceof Error) return explain(cause)
  const { status } = (cause ?? {}) as { status?: unknown }
  return [message || String(error), status && `(HTTP ${status})`].filter(Boolean).join(' ')
}

import { createLocalJWKSet, createRemoteJWKSet, errors, type FetchImplementation, customFetch as jwksFetch } from 'jose'
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
  type ServerMetadata,
  tokenIntrospection,
} from 'openid-client'
import type { Logger } from 'pino'
import { Agent } from 'undici'
import { Line, NoPlace } from '../../admission/line.ts'
import { isLoopbackUrl } from '../../outbound/loopback.ts'
import { unavailable } from '../unauthenticated.ts'
import { createBoundedFetch } from './bounded-fetch.ts'
import type { KeyOf } from './jwt-access-token.ts'

/** Concurrent requests to the provider. Others wait. */
const CONNECTIONS = 16
/** How many of these may be about tokens that have never been valid, so that guesses do not delay other requests. */
const NEW_AT_A_TIME = 8
const MOST_NEW_WAITING = 1_000
/** The time limit of a request, to the end of its response, and of a new token's wait for its turn. */
const TIMEOUT_SECONDS = 5
/** Bytes of the provider's metadata, and of its keys. */
const LARGEST_DOCUMENT = 1024 * 1024
/** Bytes of a response about one token. */
const LARGEST_ANSWER = 256 * 1024
/** While the provider can't be reached, it may have withdrawn a key. Its last known keys are trusted for this long. */
const KEYS_TRUSTED_MS = 24 * 3_600_000
/** How often its metadata and keys are fetched, so that a withdrawn key is not trusted for long. */
const REFRESH_MS = 60_000
/** After a failure, the provider is not asked again for this long. After an unknown key, its keys are not fetched again for this long. */
const COOLDOWN_MS = 5_000

interface Discovered {
  readonly configuration: Configuration
  /** Of the configuration, which copies it each time. */
  readonly server: ServerMetadata
  readonly keys: ReturnType<typeof createRemoteJWKSet>
  /** When the keys were fetched. */
  readonly at: number
}

interface Options {
  readonly issuer: URL
  /** The credentials of the gateway as a client of the provider; `undefined`: it is not a client. */
  readonly client: { readonly id: string; readonly secret: string } | undefined
  readonly log: Logger
  /** The clock, in milliseconds. */
  readonly now?: () => number
}

/** An OpenID provider, or another OAuth 2.0 authorization server that can be discovered. */
export class OpenIdProvider {
  readonly #options: Options
  readonly #now: () => number
  readonly #agent = new Agent({ connections: CONNECTIONS })
  readonly #fetchDocument = createBoundedFetch(this.#agent, LARGEST_DOCUMENT)
  readonly #fetchAnswer = createBoundedFetch(this.#agent, LARGEST_ANSWER)
  readonly #newTokens = new Line({
    atATime: () => NEW_AT_A_TIME,
    mostWaiting: MOST_NEW_WAITING,
    longestWait: TIMEOUT_SECONDS * 1_000,
  })
  readonly #insecure: boolean
  #discovered: Discovered | undefined
  #trouble: string | undefined
  #failedAt = 0
  #refreshing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: Options) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#insecure = isLoopbackUrl(options.issuer) && options.issuer.protocol === 'http:'
  }

  /** Discovers the provider, and keeps its metadata and keys up to date until `stop`. Resolves even if it can't be reached. */
  async start(): Promise<void> {
    await this.#refresh()
    if (!this.#stopped) this.#timer = setTimeout(() => this.start(), this.#trouble ? COOLDOWN_MS : REFRESH_MS)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#agent.destroy()
    await this.#refreshing
  }

  /** Why the last request failed; `undefined` if it did not. `discovered` says whether tokens can be checked nevertheless. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  /** Whether its keys are known, and were fetched within the last day. */
  get discovered(): boolean {
    return this.#discovered !== undefined && this.#areTrusted(this.#discovered)
  }

  /** @returns its issuer identifier, as tokens name it @throws Unauthenticated `unavailable` */
  async issuer(): Promise<string> {
    return (await this.#demand()).server.issuer
  }

  /** @returns the key that has signed a JWT @throws Unauthenticated `unavailable`; JWKSNoMatchingKey, JWKSMultipleMatchingKeys */
  readonly key: KeyOf = async (header) => {
    const { keys } = await this.#demand((found) => this.#areTrusted(found))
    const down = this.#now() - this.#failedAt < COOLDOWN_MS
    const known = down && keys.jwks()
    try {
      return await (known ? createLocalJWKSet(known) : keys)(header)
    } catch (error) {
      if (error instanceof errors.JWKSMultipleMatchingKeys) throw error
      if (error instanceof errors.JWKSNoMatchingKey && !down) throw error
      if (!down) this.#failed('does not return its keys', error)
      throw unavailable()
    }
  }

  /** Whether it can be asked about tokens: it has an introspection endpoint, and the gateway is a client of it. */
  async canIntrospect(): Promise<boolean> {
    const { server } = await this.#demand()
    return this.#options.client !== undefined && server.introspection_endpoint !== undefined
  }

  /**
   * Asks about a token: RFC 7662.
   * @param known whether the token was valid before: such a token does not wait behind new ones
   * @returns `undefined` if the provider does not introspect tokens of this kind
   * @throws Unauthenticated `unavailable`
   */
  async introspect(token: string, known: boolean): Promise<IntrospectionResponse | undefined> {
    const { configuration } = await this.#demand()
    const ask = () => tokenIntrospection(configuration, token, { token_type_hint: 'access_token' })
    try {
      const answer = await (known ? ask() : this.#newTokens.run(ask))
      this.#recovered()
      return answer
    } catch (error) {
      if (error instanceof NoPlace) throw unavailable()
      if (error instanceof ResponseBodyError && error.error === 'unsupported_token_type') return undefined
      this.#failed('does not answer about tokens', error)
      throw unavailable()
    }
  }

  #failed(what: string, error: unknown): void {
    this.#failedAt = this.#now()
    if (this.#stopped) return
    const { issuer, log } = this.#options
    const reason = `The OpenID provider ${issuer.href} ${what}: ${explain(error)}.`
    if (this.#trouble !== reason) log.warn({ err: error }, reason)
    this.#trouble = reason
  }

  #recovered(): void {
    const { issuer, log } = this.#options
    if (this.#trouble) log.info(`The OpenID provider ${issuer.href} responds again.`)
    this.#trouble = undefined
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#discover()
      .then((found) => {
        this.#discovered = found
        this.#recovered()
      })
      .catch((error) => this.#failed('cannot be reached', error))
      .finally(() => {
        this.#refreshing = undefined
      })
    return this.#refreshing
  }

  async #discover(): Promise<Discovered> {
    const { issuer, client } = this.#options
    const clientId = client?.id ?? 'none'
    const find = (algorithm: 'oidc' | 'oauth2') =>
      discovery(issuer, clientId, undefined, undefined, {
        algorithm,
        timeout: TIMEOUT_SECONDS,
        [customFetch]: this.#fetchDocument as CustomFetch,
        execute: this.#insecure ? [allowInsecureRequests] : [],
      })
    const found = await find('oidc').catch((error) => {
      if (isNotFound(error)) return find('oauth2')
      throw error
    })
    const server = found.serverMetadata()
    const { jwks_uri: keysUri } = server
    if (!keysUri) throw new Error('its metadata has no jwks_uri')
    if (!this.#insecure && !keysUri.startsWith('https:')) throw new Error('its jwks_uri is not https')
    const methods =
      server.introspection_endpoint_auth_methods_supported ?? server.token_endpoint_auth_methods_supported ?? []
    const post = methods.includes('client_secret_post') && !methods.includes('client_secret_basic')
    const auth = client && (post ? ClientSecretPost(client.secret) : ClientSecretBasic(client.secret))
    const configuration = new Configuration(server, clientId, undefined, auth)
    configuration[customFetch] = this.#fetchAnswer as CustomFetch
    configuration.timeout = TIMEOUT_SECONDS
    if (this.#insecure) allowInsecureRequests(configuration)
    const keys = createRemoteJWKSet(new URL(keysUri), {
      timeoutDuration: TIMEOUT_SECONDS * 1_000,
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: Number.POSITIVE_INFINITY, // `#refresh` renews them; while it can't, the known ones are valid for a day
      [jwksFetch]: this.#fetchDocument as FetchImplementation,
    })
    await keys.reload()
    return { configuration, server, keys, at: this.#now() }
  }

  /** @throws Unauthenticated `unavailable` if no usable metadata is known, and it can't be discovered now */
  async #demand(isUsable: (found: Discovered) => boolean = () => true): Promise<Discovered> {
    const isFound = this.#discovered && isUsable(this.#discovered)
    if (!isFound && this.#now() - this.#failedAt > COOLDOWN_MS) await this.#refresh()
    if (!this.#discovered || !isUsable(this.#discovered)) throw unavailable()
    return this.#discovered
  }

  #areTrusted({ at }: Discovered): boolean {
    return this.#now() - at < KEYS_TRUSTED_MS
  }
}

function isNotFound(error: unknown): boolean {
  const { cause } = error as { cause?: unknown }
  const response = cause as { status?: unknown } | undefined
  return error instanceof ClientError && response?.status === 404
}

/** The message of the innermost cause: a message from the network says more than the library's. */
function explain(error: unknown): string {
  if (error instanceof ResponseBodyError) return `it responded with ${error.error}`
  const { cause, message } = error as { cause?: unknown; message?: string }
  if (cause instanceof Error) return explain(cause)
  const { status } = (cause ?? {}) as { status?: unknown }
  return [message || String(error), status && `(HTTP ${status})`].filter(Boolean).join(' ')
}

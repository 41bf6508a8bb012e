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
import { createBoundedFetch } from './bounded-fetch.ts'

/** Requests to the provider at a time; the others wait. */
const CONNECTIONS = 16
/** Of these, so many may be about tokens that have never held: strangers' guesses don't keep the others waiting. */
const NEW_AT_A_TIME = 8
const MOST_NEW_WAITING = 1_000
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

interface Discovered {
  readonly configuration: Configuration
  readonly keys: ReturnType<typeof createRemoteJWKSet>
  /** When the keys were fetched. */
  readonly at: number
}

interface Options {
  readonly issuer: URL
  /** The gateway as a client of the provider; `undefined`: it is none. */
  readonly client: { readonly id: string; readonly secret: string } | undefined
  readonly log: Logger
  /** The clock, in milliseconds. */
  readonly now?: () => number
}

/** An OpenID provider, or another OAuth 2.0 authorization server that can be discovered, as far as the gateway uses it. */
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

  /** Discovers it, and keeps what it says up to date until `stop`. Resolves also where it can't be reached. */
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

  /** What it could not be asked for the last time; `undefined` where it answers. `discovered` says whether tokens can be checked all the same. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  /** Whether its keys are known, and were fetched within a day. */
  get discovered(): boolean {
    return this.#discovered !== undefined && this.#areTrusted(this.#discovered)
  }

  /** @returns its issuer identifier, as tokens name it @throws Unauthenticated `unavailable` */
  async issuer(): Promise<string> {
    return (await this.#demand()).configuration.serverMetadata().issuer
  }

  /** The key that has signed a JWT. @throws Unauthenticated `unavailable`; JWKSNoMatchingKey, JWKSMultipleMatchingKeys */
  readonly key: JWTVerifyGetKey = async (header, token) => {
    const { keys } = await this.#demand((found) => this.#areTrusted(found))
    const known = keys.jwks()
    const down = this.#now() - this.#failedAt < COOLDOWN_MS
    try {
      return await (down && known ? createLocalJWKSet(known) : keys)(header, token)
    } catch (error) {
      if (error instanceof errors.JWKSMultipleMatchingKeys) throw error
      if (error instanceof errors.JWKSNoMatchingKey && !down) throw error
      if (!down) this.#failed('asked for its keys', error)
      throw unavailable()
    }
  }

  /** Whether it can be asked about tokens: it has an endpoint for that, and the gateway is a client of it. */
  async canIntrospect(): Promise<boolean> {
    const { configuration } = await this.#demand()
    return this.#options.client !== undefined && configuration.serverMetadata().introspection_endpoint !== undefined
  }

  /**
   * Asks about a token: RFC 7662.
   * @param known whether the token was valid before: then it does not wait behind new ones
   * @returns `undefined` where it says nothing of such tokens
   * @throws Unauthenticated `unavailable`
   */
  async introspect(token: string, known: boolean): Promise<IntrospectionResponse | undefined> {
    const { configuration } = await this.#demand()
    const ask = () => tokenIntrospection(configuration, token, { token_type_hint: 'access_token' })
    try {
      const answer = await (known ? ask() : this.#newTokens.run(ask))
      this.#answered()
      return answer
    } catch (error) {
      if (error instanceof NoPlace) throw unavailable()
      if (error instanceof ResponseBodyError && error.error === 'unsupported_token_type') return undefined
      this.#failed('asked about tokens', error)
      throw unavailable()
    }
  }

  #failed(what: string, error: unknown): void {
    this.#failedAt = this.#now()
    if (this.#stopped) return
    const { issuer, log } = this.#options
    const reason = `The OpenID provider ${issuer.href} can not be ${what}: ${explain(error)}.`
    if (this.#trouble !== reason) log.warn({ err: error }, reason)
    this.#trouble = reason
  }

  #answered(): void {
    const { issuer, log } = this.#options
    if (this.#trouble) log.info(`The OpenID provider ${issuer.href} answers again.`)
    this.#trouble = undefined
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#discover()
      .then((found) => {
        this.#discovered = found
        this.#answered()
      })
      .catch((error) => this.#failed('reached', error))
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
    return { configuration, keys, at: this.#now() }
  }

  /** @throws Unauthenticated `unavailable` where nothing usable is known, and it can't be discovered now */
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

/** Of nested errors the innermost says most: that of the network, not of the library. */
function explain(error: unknown): string {
  if (error instanceof ResponseBodyError) return `it answers ${error.error}`
  const { cause, message } = error as { cause?: unknown; message?: string }
  if (cause instanceof Error) return explain(cause)
  const { status } = (cause ?? {}) as { status?: unknown }
  return [message || String(error), status && `(HTTP ${status})`].filter(Boolean).join(' ')
}

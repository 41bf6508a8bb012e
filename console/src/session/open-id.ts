import * as oauth from 'oauth4webapi'
import type { Provider } from './sign-in.ts'

/** What has to outlast the way to the provider and back. No token is among it. */
interface Leaving {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  /** Where the reader was. */
  readonly at: string
}

export interface Grant {
  readonly accessToken: string
  readonly refreshToken: string | undefined
  /** In milliseconds; `undefined` if the provider does not say. */
  readonly until: number | undefined
  /** When to ask for the next one: a minute before, or earlier if it lives only for minutes. */
  readonly renewAt: number | undefined
}

/** The provider has not signed the reader in. */
export class SignInFailed extends Error {
  override name = 'SignInFailed'
}

const LEAVING = 'console.sign-in'
export const HOME = '/console'
export const CALLBACK = `${HOME}/signed-in`

/** Authorization code with PKCE, for a client without a secret: RFC 6749, RFC 7636, RFC 9207, OpenID Connect Core 1.0. */
export class OpenId {
  readonly #provider: Provider
  readonly #client: oauth.Client
  readonly #options: { [oauth.allowInsecureRequests]: boolean }
  #server: Promise<oauth.AuthorizationServer> | undefined

  constructor(provider: Provider) {
    this.#provider = provider
    this.#client = { client_id: provider.clientId }
    // The gateway takes a provider without TLS only on loopback.
    this.#options = { [oauth.allowInsecureRequests]: new URL(provider.issuer).protocol === 'http:' }
  }

  /** Leaves the page for the provider. @param silently whether the provider may not ask the reader anything */
  async leave(at: string, { silently = false } = {}): Promise<void> {
    const { authorization_endpoint: endpoint } = await this.#discover().catch((error: unknown) => {
      throw new SignInFailed(reasonOf(error), { cause: error })
    })
    if (!endpoint) throw new SignInFailed('The OpenID provider has no authorization endpoint.')
    const verifier = oauth.generateRandomCodeVerifier()
    const leaving: Leaving = { state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce(), verifier, at }
    sessionStorage.setItem(LEAVING, JSON.stringify(leaving))
    const url = new URL(endpoint)
    const { clientId, scope } = this.#provider
    const parameters: Record<string, string> = {
      client_id: clientId,
      redirect_uri: this.#callback(),
      response_type: 'code',
      scope,
      state: leaving.state,
      nonce: leaving.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...this.#target(),
      // OpenID Connect Core 1.0, section 11: without consent there would be no refresh token.
      ...(scope.split(' ').includes('offline_access') && { prompt: 'consent' }),
      ...(silently && { prompt: 'none' }),
    }
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    // The way there is not to be in the history: one would come back here by it.
    location.replace(url)
  }

  /** Completes the way back, to where the reader was. @throws SignInFailed */
  async arrive(url: URL): Promise<Grant> {
    const kept = sessionStorage.getItem(LEAVING)
    sessionStorage.removeItem(LEAVING)
    history.replaceState(null, '', HOME)
    if (!kept) throw new SignInFailed('This sign-in was not begun in this tab.')
    const { state, nonce, verifier, at }: Leaving = JSON.parse(kept)
    history.replaceState(null, '', at)
    try {
      const server = await this.#discover()
      const parameters = oauth.validateAuthResponse(server, this.#client, url, state)
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        this.#client,
        oauth.None(),
        parameters,
        this.#callback(),
        verifier,
        { ...this.#options, additionalParameters: this.#target() },
      )
      const result = await oauth.processAuthorizationCodeResponse(server, this.#client, response, {
        expectedNonce: nonce,
      })
      return grantOf(result)
    } catch (error) {
      throw new SignInFailed(reasonOf(error), { cause: error })
    }
  }

  /** @throws SignInFailed if the provider gives no more tokens for it; anything else if it can't answer at the moment */
  async refresh(refreshToken: string): Promise<Grant> {
    const server = await this.#discover()
    const response = await oauth.refreshTokenGrantRequest(server, this.#client, oauth.None(), refreshToken, {
      ...this.#options,
      additionalParameters: this.#target(),
    })
    // It has trouble itself.
    if (response.status === 429 || response.status >= 500) {
      throw new Error(`The OpenID provider answered with status ${response.status}.`)
    }
    try {
      const grant = grantOf(await oauth.processRefreshTokenResponse(server, this.#client, response))
      return { ...grant, refreshToken: grant.refreshToken ?? refreshToken }
    } catch (error) {
      throw new SignInFailed(reasonOf(error), { cause: error })
    }
  }

  /** Ends the session at the provider as well, if it has a page for that: OpenID Connect RP-Initiated Logout 1.0. */
  async signOut(): Promise<void> {
    const { end_session_endpoint: endpoint } = await this.#discover()
    if (!endpoint) return
    const url = new URL(endpoint)
    // Without an ID token as a hint, which would stand in an address, the provider asks first.
    url.searchParams.set('client_id', this.#provider.clientId)
    location.replace(url)
  }

  /** RFC 8707, where the audience is an address; and what providers that came before it call it. */
  #target(): Record<string, string> {
    const { audience } = this.#provider
    return URL.canParse(audience) ? { resource: audience, audience } : { audience }
  }

  #callback(): string {
    return new URL(CALLBACK, location.origin).href
  }

  #discover(): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(this.#provider.issuer)
    this.#server ??= oauth
      .discoveryRequest(issuer, this.#options)
      .then((response) => oauth.processDiscoveryResponse(issuer, response))
    this.#server.catch(() => {
      this.#server = undefined
    })
    return this.#server
  }
}

const EARLY_MS = 60_000

function grantOf({ access_token, refresh_token, expires_in }: oauth.TokenEndpointResponse): Grant {
  const lifetime = expires_in === undefined ? undefined : expires_in * 1_000
  const until = lifetime === undefined ? undefined : Date.now() + lifetime
  return {
    accessToken: access_token,
    refreshToken: refresh_token,
    until,
    renewAt: until && lifetime && until - Math.min(EARLY_MS, lifetime / 3),
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError) {
    return error.error_description ?? `The OpenID provider answered “${error.error}”.`
  }
  if (error instanceof TypeError) return 'The OpenID provider can’t be reached from this page.'
  return error instanceof Error ? error.message : 'The sign-in failed.'
}

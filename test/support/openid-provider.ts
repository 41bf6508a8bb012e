import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import Provider, { type ClientMetadata } from 'oidc-provider'
import { scopes } from '../../src/identity/scope.ts'

export const AUDIENCE = 'https://gateway.example'

/** The resources of the provider: the audience of the gateway, once for each kind of token. */
const resources = { jwt: `${AUDIENCE}/jwt`, opaque: `${AUDIENCE}/opaque` }
export type TokenFormat = keyof typeof resources

export interface OpenIdProvider {
  /** The value of OIDC_ISSUER. */
  issuer: string
  /** The settings of a gateway that accepts its tokens. */
  env: Record<string, string>
  /** An access token by client credentials. Unless the options say otherwise: of `my-bots` in license 1, with all scopes. */
  token(claims?: { format?: TokenFormat; clientId?: string; scope?: string; expiresIn?: number }): Promise<string>
  /** Logs a person in with the application `gateway` in a browser. @returns the tokens, and a way to log out */
  logIn(person: string, format?: TokenFormat): Promise<{ token: string; logOut: () => Promise<void> }>
  /** Revokes an opaque token, by RFC 7009. */
  revoke(token: string, clientId?: string): Promise<void>
  /** Changes what an opaque token allows. */
  allow(token: string, scope: string): Promise<void>
  /** Signs with a new key from now on; the old one stays published if it is `kept`. */
  rotateKey(kept: boolean): Promise<void>
  /** Sets the answer about JWTs. Unlike other providers, oidc-provider itself does not introspect them. */
  answerAboutJwts(answer: object): void
  /** Answers about all tokens instead of oidc-provider. `undefined` means that the token is unknown. */
  answerWith(answer: (token: string) => object | undefined | Promise<object | undefined>): void
  /** Answers at a path instead of oidc-provider. `undefined` ends that. */
  answerAt(path: string, answer: RequestListener | undefined): void
  /** Publishes a second key with the `kid` of the first, which no provider should do. */
  duplicateKeyId(): Promise<void>
  /** The published keys, the signing one first. */
  keys: JWK[]
  /** The number of requests by path. */
  asked: Map<string, number>
  /** The current oidc-provider. */
  provider: Provider
  goDown(): Promise<void>
  comeBack(): Promise<void>
  stop(): Promise<void>
}

export const SECRET = 'a-secret-of-a-client-for-tests'

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), kid: crypto.randomUUID(), alg: 'RS256', use: 'sig' }
}

/**
 * A real OpenID provider on loopback.
 * @param options.clients other settings of its clients `my-bots` and `gateway`
 * @param options.toldAt the address for logout tokens, whatever the settings of the clients say
 */
export async function startOpenIdProvider(
  options: {
    clients?: ClientMetadata[]
    claims?: Record<string, unknown>
    licenseOf?: (clientId: string | undefined) => number
    toldAt?: () => string
  } = {},
): Promise<OpenIdProvider> {
  const asked = new Map<string, number>()
  let keys = [await newKey()]
  let expiresIn = 600
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? ''
    asked.set(path, (asked.get(path) ?? 0) + 1)
    const answer = otherwise.get(path) ?? handle
    answer(request, response)
  })
  const otherwise = new Map<string, RequestListener>()
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const close = async () => {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  const port = await listen(0)
  const issuer = `http://127.0.0.1:${port}`

  const client = (id: string): ClientMetadata => ({
    client_id: id,
    client_secret: SECRET,
    grant_types: ['client_credentials', 'authorization_code'],
    response_types: ['code'],
    redirect_uris: ['http://127.0.0.1/callback'],
  })
  const known = ['my-bots', 'gateway', 'canary'].map(client)
  const clients = [...(options.clients ?? []).map((changed) => ({ ...client(changed.client_id), ...changed }))]
  const named = new Set(clients.map(({ client_id }) => client_id))

  const build = () =>
    new Provider(issuer, {
      clients: [...clients, ...known.filter(({ client_id }) => !named.has(client_id))],
      scopes: ['openid', 'offline_access', ...scopes],
      jwks: { keys: keys as never },
      cookies: { keys: ['of', 'no', 'value'] },
      // The provider calls only the gateway, which is on loopback too.
      fetch: (_url: string | URL | Request, init?: RequestInit) =>
        fetch(options.toldAt?.() ?? '', { ...init, dispatcher: undefined } as RequestInit),
      features: {
        clientCredentials: { enabled: true },
        introspection: { enabled: true, allowedPolicy: () => true },
        revocation: { enabled: true },
        backchannelLogout: { enabled: true },
        devInteractions: { enabled: true },
        rpInitiatedLogout: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_context, resource) => ({
            audience: AUDIENCE,
            scope: scopes.join(' '),
            accessTokenFormat: resource === resources.jwt ? ('jwt' as const) : ('opaque' as const),
            accessTokenTTL: expiresIn,
          }),
          useGrantedResource: () => true,
        },
      },
      extraTokenClaims: (_context, { clientId }) =>
        options.claims ?? { license_id: options.licenseOf?.(clientId) ?? 1 },
      // Pages in browsers ask for tokens as well.
      clientBasedCORS: (_context, _origin, { tokenEndpointAuthMethod }) => tokenEndpointAuthMethod === 'none',
      findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    })
  let provider = build()
  let handle = provider.callback()

  const post = async (path: string, clientId: string, form: Record<string, string>) => {
    const response = await fetch(`${issuer}${path}`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${SECRET}`).toString('base64')}` },
      body: new URLSearchParams(form),
    })
    if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`)
    return response
  }

  return {
    issuer,
    env: {
      OIDC_ISSUER: issuer,
      OIDC_AUDIENCE: AUDIENCE,
      OIDC_CLIENT_ID: 'gateway',
      OIDC_CLIENT_SECRET: SECRET,
      OIDC_INTROSPECTION_PERIOD: '1s',
      ENCRYPTION_KEY: 'ab'.repeat(32),
      WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
      RATE_LIMIT_QUERY_COST: '0',
      RATE_LIMIT_MUTATIONS: '0',
      RATE_LIMIT_LOGIN_FAILURES: '0',
    },
    async token({ format = 'jwt', clientId = 'my-bots', scope = scopes.join(' '), expiresIn: seconds = 600 } = {}) {
      expiresIn = seconds
      const form = { grant_type: 'client_credentials', resource: resources[format], scope }
      const { access_token: token } = (await (await post('/token', clientId, form)).json()) as { access_token: string }
      return token
    },
    async logIn(person, format = 'jwt') {
      const browser = browserAt(issuer)
      const verifier = randomBytes(32).toString('base64url')
      const scope = `openid ${scopes.join(' ')}`
      const redirect = 'http://127.0.0.1/callback'
      const asked = new URLSearchParams({
        client_id: 'gateway',
        response_type: 'code',
        redirect_uri: redirect,
        scope,
        resource: resources[format],
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      })
      const login = await browser.open(`/auth?${asked}`)
      const consent = await browser.open(login.url, { prompt: 'login', login: person, password: 'any' })
      const back = await browser.open(consent.url, { prompt: 'consent' })
      const code = new URL(back.url).searchParams.get('code') ?? ''
      const form = { grant_type: 'authorization_code', code, redirect_uri: redirect, code_verifier: verifier }
      const tokens = (await (await post('/token', 'gateway', form)).json()) as {
        access_token: string
        id_token: string
      }
      return {
        token: tokens.access_token,
        async logOut() {
          const page = await browser.open(`/session/end?id_token_hint=${tokens.id_token}`)
          const [, xsrf = ''] = /name="xsrf" value="(\w+)"/.exec(page.text) ?? []
          await browser.open('/session/end/confirm', { xsrf, logout: 'yes' })
        },
      }
    },
    async revoke(token, clientId = 'my-bots') {
      await post('/token/revocation', clientId, { token })
    },
    async allow(token, scope) {
      const { adapter } = provider.ClientCredentials
      const stored = await adapter.find(token)
      if (!stored) throw new Error('The provider does not know the token')
      await adapter.upsert(token, { ...stored, scope }, 600)
    },
    async rotateKey(kept) {
      keys = [await newKey(), ...(kept ? keys : [])]
      provider = build()
      handle = provider.callback()
    },
    answerAboutJwts(answer) {
      const previous = handle
      handle = async (request, response) => {
        if (request.url !== '/token/introspection') return previous(request, response)
        const body = await text(request)
        response.setHeader('content-type', 'application/json')
        if (/token=[^&.]+\.[^&.]+\.[^&.]+/.test(body)) {
          response.end(JSON.stringify(answer))
        } else response.end('{"active":false}')
      }
    },
    answerWith(answer) {
      const previous = handle
      handle = async (request, response) => {
        if (request.url !== '/token/introspection') return previous(request, response)
        const token = new URLSearchParams(await text(request)).get('token') ?? ''
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify((await answer(token)) ?? { active: false }))
      }
    },
    answerAt(path, answer) {
      if (answer) otherwise.set(path, answer)
      else otherwise.delete(path)
    },
    async duplicateKeyId() {
      const [{ kid }, other] = [keys[0] as JWK, await newKey()]
      const published = [...keys, { ...other, kid }].map(({ d, p, q, dp, dq, qi, ...key }) => key)
      const previous = handle
      handle = async (request, response) => {
        if (request.url !== '/jwks') return previous(request, response)
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ keys: published }))
      }
    },
    get keys() {
      return keys
    },
    asked,
    get provider() {
      return provider
    },
    goDown: close,
    async comeBack() {
      await listen(port)
    },
    stop: close,
  }
}

/** A minimal browser: it keeps cookies, follows redirects within the origin, and sends forms. */
function browserAt(origin: string) {
  const cookies = new Map<string, string>()
  const open = async (path: string, form?: Record<string, string>): Promise<{ url: string; text: string }> => {
    const url = new URL(path, origin)
    if (!url.href.startsWith(origin)) return { url: url.href, text: '' }
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      redirect: 'manual',
      ...(form && { body: new URLSearchParams(form) }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location) return open(new URL(location, url).href)
    return { url: url.href, text: await response.text() }
  }
  return { open }
}

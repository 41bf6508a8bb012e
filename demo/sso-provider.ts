import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import Provider from 'oidc-provider'
import { scopes } from '../src/identity/scope.ts'

/** The gateway at the provider: the audience of its access tokens. */
const AUDIENCE = 'https://gateway.example'

export interface DemoProvider {
  issuer: string
  /** The settings of a gateway that accepts its tokens. */
  settings: Record<string, string>
  /** An access token for the application `my-bots` in license 1, by client credentials (RFC 6749, section 4.4). */
  token(): Promise<string>
  /** RFC 7009. */
  revoke(token: string): Promise<void>
  stop(): void
}

/** `oidc-provider` on loopback, with two clients: the gateway, which introspects tokens, and an application that gets them. */
export async function startProvider(): Promise<DemoProvider> {
  const secret = randomBytes(24).toString('hex')
  const server = createServer((request, response) => provider.callback()(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })

  const client = { client_secret: secret, grant_types: ['client_credentials'], response_types: [], redirect_uris: [] }
  const hour = () => 3_600
  const provider = new Provider(issuer, {
    clients: [
      { client_id: 'gateway', ...client },
      { client_id: 'my-bots', ...client },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' } as never] },
    cookies: { keys: [secret] },
    scopes: [...scopes],
    ttl: { ClientCredentials: hour },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      // By default a client may introspect only its own tokens.
      introspection: { enabled: true, allowedPolicy: (_context, { clientId }) => clientId === 'gateway' },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        getResourceServerInfo: () => ({
          audience: AUDIENCE,
          scope: scopes.join(' '),
          // Opaque, because this provider can't revoke JWTs.
          accessTokenFormat: 'opaque' as const,
          accessTokenTTL: hour(),
        }),
      },
    },
    // The provider has to know the license of an application.
    extraTokenClaims: () => ({ license_id: 1 }),
  })

  const post = async (path: string, form: Record<string, string>) => {
    const authorization = `Basic ${Buffer.from(`my-bots:${secret}`).toString('base64')}`
    const response = await fetch(`${issuer}${path}`, {
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams(form),
    })
    if (!response.ok) throw new Error(`The provider responded with ${response.status}: ${await response.text()}`)
    return response
  }

  return {
    issuer,
    settings: {
      OIDC_ISSUER: issuer,
      OIDC_AUDIENCE: AUDIENCE,
      OIDC_CLIENT_ID: 'gateway',
      OIDC_CLIENT_SECRET: secret,
      OIDC_INTROSPECTION_PERIOD: '3s',
    },
    async token() {
      const form = { grant_type: 'client_credentials', scope: scopes.join(' ') }
      const { access_token: token } = (await (await post('/token', form)).json()) as { access_token: string }
      return token
    },
    async revoke(token) {
      await post('/token/revocation', { token })
    },
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

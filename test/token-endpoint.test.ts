import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  clientCredentialsGrant,
  discovery,
  None,
  tokenRevocation,
} from 'openid-client'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { AUDIENCE, ISSUER } from '../src/identity/issuers/sso.ts'
import { scopes } from '../src/identity/scope.ts'
import { createBotAgent } from './support/bot-agents.ts'
import { request } from './support/client.ts'
import { codeBlocks } from './support/code-blocks.ts'
import { gatewayForTest, startGateway, type TestGateway } from './support/gateway.ts'
import { installed } from './support/installed.ts'
import { startOpenIdProvider } from './support/openid-provider.ts'
import { sendRaw } from './support/raw-http.ts'

const APP = 'https://app.example.com'
let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({
    env: { ALLOWED_ORIGINS: APP, ALLOWED_HOSTS: 'gateway.example', TRUSTED_PROXIES: '127.0.0.1' },
  })
})
afterAll(() => gateway.stop())

const good = { grant_type: 'client_credentials', client_id: 'my-bots', license: '7' }
const at = (path: string) => new URL(path, gateway.url)

const ask = (form: Record<string, string> | string[][], headers: Record<string, string> = {}) =>
  fetch(at('/oauth/token'), { method: 'POST', body: new URLSearchParams(form), headers })

const basic = (name: string, secret = '') => `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`

interface Issued {
  access_token: string
  scope: string
}

const issued = async (response: Response | Promise<Response>) => (await (await response).json()) as Issued

const viewer = async (token: string) => {
  const { data, errors } = await request(gateway.url, token, '{ viewer { clientId licenseId scopes } }')
  expect(errors).toBeUndefined()
  return data?.viewer
}

describe('a token of the token endpoint', () => {
  it('is for the application, the license and just the scopes that were asked for', async () => {
    const { access_token: token } = await issued(ask({ ...good, scope: 'agents-bot--my:ro properties--my:ro' }))
    expect(await viewer(token)).toEqual({
      clientId: 'my-bots',
      licenseId: 7,
      scopes: ['agents-bot--my:ro', 'properties--my:ro'],
    })
    const { errors } = await request(gateway.url, token, createBotAgent, { input: { name: 'x', status: 'OFFLINE' } })
    expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
  })

  it('has all scopes if none are asked for', async () => {
    for (const form of [good, { ...good, scope: '' }]) {
      const { access_token: token, scope } = await issued(ask(form))
      expect(scope.split(' ')).toEqual(scopes)
      expect(await viewer(token)).toMatchObject({ scopes })
    }
  })

  it('comes in the form of RFC 6749, and is not cached', async () => {
    const response = await ask({ ...good, scope: 'chats--all:rw chats--all:rw' })
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      pragma: 'no-cache',
    })
    expect(await response.json()).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'Bearer',
      expires_in: 3_600,
      scope: 'chats--all:rw',
    })
  })

  it('is issued whether the client is named in the form or in HTTP Basic, and whatever its secret is', async () => {
    const { client_id: _, ...unnamed } = good
    for (const [form, headers] of [
      [unnamed, { authorization: basic('my-bots') }],
      [unnamed, { authorization: basic('my-bots', 'a-secret') }],
      [unnamed, { authorization: basic('my%2Dbots').replace('Basic', 'basic') }],
      [good, { authorization: basic('my-bots') }],
      [{ ...good, client_secret: 'a-secret' }, {}],
    ] as const) {
      const { access_token: token } = await issued(ask(form, headers))
      expect(await viewer(token)).toMatchObject({ clientId: 'my-bots' })
    }
    const { access_token: token } = await issued(ask(unnamed, { authorization: basic('R%C3%A9my+%3A+bots') }))
    expect(await viewer(token)).toMatchObject({ clientId: 'Rémy : bots' })
  })

  it('is not in the log, and neither is a secret; the application and the license are', async () => {
    const { access_token: token } = await issued(
      ask(
        { ...good, client_id: 'logged-bots', client_secret: 'hunter2' },
        { authorization: basic('logged-bots', 's3cret') },
      ),
    )
    await ask({ ...good, client_secret: 'hunter2', license: 'x' })
    const log = JSON.stringify(gateway.logged)
    for (const secret of [token, 'hunter2', 's3cret', basic('logged-bots', 's3cret')]) expect(log).not.toContain(secret)
    const lines = gateway.logged.filter(({ path }) => path === '/oauth/token')
    expect(lines).toContainEqual(expect.objectContaining({ status: 200, client: 'logged-bots', license: 7 }))
    expect(lines).toContainEqual(expect.objectContaining({ status: 400, code: 'invalid_request' }))
  })
})

describe('a client library', () => {
  const clients: [name: string, auth: ClientAuth][] = [
    ['no secret', None()],
    ['a secret in HTTP Basic', ClientSecretBasic('any')],
    ['a secret in the form', ClientSecretPost('any')],
  ]
  it.each(clients)('openid-client finds the token endpoint, and gets and revokes a token with %s', async (_, auth) => {
    const configuration = await discovery(at('/.well-known/openid-configuration'), 'my bots: all', undefined, auth, {
      execute: [allowInsecureRequests],
    })
    const answer = await clientCredentialsGrant(configuration, { license: '8', scope: 'agents-bot--my:rw' })
    expect(answer).toMatchObject({ expires_in: 3_600, scope: 'agents-bot--my:rw' })
    expect(await viewer(answer.access_token)).toEqual({
      clientId: 'my bots: all',
      licenseId: 8,
      scopes: ['agents-bot--my:rw'],
    })
    await tokenRevocation(configuration, answer.access_token)
    expect((await request(gateway.url, answer.access_token, '{ viewer { clientId } }')).status).toBe(401)
  })

  it('jose verifies the token with the published key', async () => {
    const { access_token: token } = await issued(ask(good))
    const metadata = (await (await fetch(at('/.well-known/openid-configuration'))).json()) as {
      issuer: string
      jwks_uri: string
    }
    const keys = createRemoteJWKSet(new URL(metadata.jwks_uri))
    const { payload } = await jwtVerify(token, keys, { issuer: metadata.issuer, audience: AUDIENCE, typ: 'at+jwt' })
    expect(payload).toMatchObject({ client_id: 'my-bots', license_id: 7, sub: 'my-bots' })
    await expect(jwtVerify(`${token.slice(0, -8)}AAAAAAAA`, keys)).rejects.toThrow('signature verification failed')
  })

  const curl = installed('curl')
  it.skipIf(!curl)('curl gets a token as the documentation says', async () => {
    const page = await readFile(new URL('../docs/identity.md', import.meta.url), 'utf8')
    const [command = ''] = codeBlocks(page, 'sh').filter((code) => code.includes('/oauth/token'))
    const own = command.replaceAll('http://127.0.0.1:4000', at('/').origin)
    const { stdout } = await promisify(execFile)('sh', ['-c', own])
    const { access_token: token } = JSON.parse(stdout) as Issued
    expect(await viewer(token)).toMatchObject({ clientId: 'my-bots', licenseId: 1 })
  })
})

describe('the metadata of the built-in SSO', () => {
  it('has the addresses by which the caller called the gateway', async () => {
    const { port } = new URL(gateway.url)
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, 'gateway.example']) {
      const head = `GET /.well-known/openid-configuration HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
      const { status, body } = await sendRaw(gateway.url, head)
      expect(status).toBe(200)
      expect(JSON.parse(body)).toEqual({
        issuer: ISSUER,
        token_endpoint: `http://${host}/oauth/token`,
        revocation_endpoint: `http://${host}/oauth/revoke`,
        jwks_uri: `http://${host}/.well-known/jwks.json`,
        grant_types_supported: ['client_credentials'],
        response_types_supported: [],
        scopes_supported: scopes,
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
        revocation_endpoint_auth_methods_supported: ['none'],
      })
    }
  })

  it('does not repeat a `Host` header that does not count, and needs one otherwise', async () => {
    const path = '/.well-known/openid-configuration'
    const absolute = `GET http://localhost${path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`
    expect(JSON.parse((await sendRaw(gateway.url, absolute)).body).token_endpoint).toBe('http://localhost/oauth/token')
    const without = await sendRaw(gateway.url, `GET ${path} HTTP/1.0\r\n\r\n`)
    expect([without.status, without.body]).toEqual([400, expect.stringContaining('no `Host` header')])
  })

  it('names a key that has no private part', async () => {
    expect(await (await fetch(at('/.well-known/jwks.json'))).json()).toEqual({
      keys: [
        {
          kty: 'RSA',
          n: expect.stringMatching(/^[\w-]{342}$/),
          e: 'AQAB',
          kid: expect.stringMatching(/^[\w-]{36}$/),
          alg: 'RS256',
          use: 'sig',
        },
      ],
    })
  })

  it('is only read', async () => {
    for (const path of ['/.well-known/openid-configuration', '/.well-known/jwks.json']) {
      const response = await fetch(at(path), { method: 'POST' })
      expect([path, response.status, response.headers.get('allow')]).toEqual([path, 405, 'GET, HEAD'])
    }
  })
})

describe('the token endpoint', () => {
  const long = 'x'.repeat(500)
  const wrong: [form: Record<string, string> | string[][], error: string, description: RegExp][] = [
    [{ ...good, grant_type: '' }, 'invalid_request', /`grant_type`: client_credentials\.$/],
    [
      { ...good, grant_type: 'password' },
      'unsupported_grant_type',
      /`grant_type` must be client_credentials; it is 'password'/,
    ],
    [{ ...good, grant_type: long }, 'unsupported_grant_type', /it is 'x{63}\.\.\./],
    [{ ...good, client_id: '' }, 'invalid_client', /must contain `client_id`/],
    [{ ...good, client_id: long }, 'invalid_client', /must be 1 to 255 characters long.*; it is 'x{63}\.\.\./],
    [{ ...good, client_id: 'a\0b' }, 'invalid_client', /it is 'a\?u0000b'/],
    [{ ...good, license: '' }, 'invalid_request', /must contain `license`/],
    [{ ...good, license: 'seven' }, 'invalid_request', /from 0 to 2147483647; it is 'seven'\.$/],
    [{ ...good, license: '-1' }, 'invalid_request', /it is '-1'/],
    [{ ...good, license: '1.5' }, 'invalid_request', /it is '1\.5'/],
    [{ ...good, license: '2147483648' }, 'invalid_request', /it is '2147483648'/],
    [{ ...good, scope: 'agents-bot--my:ro openid é' }, 'invalid_scope', /agents-bot--my:ro, .*; it is 'openid \?'\.$/],
    [{ ...good, scope: ' ' }, 'invalid_scope', /it is ' '/],
    [{ ...good, license: 'x', scope: 'y' }, 'invalid_request', /it is 'x'\. .*it is 'y'\.$/],
    [[...Object.entries(good), ['license', '8']], 'invalid_request', /`license` only once/],
    [[...Object.entries(good), ['client_id', 'my-bots']], 'invalid_request', /`client_id` only once/],
  ]
  it.each(wrong)('refuses %o with %s', async (form, error, description) => {
    const response = await ask(form)
    expect([response.status, response.headers.get('cache-control')]).toEqual([400, 'no-store'])
    const body = (await response.json()) as { error_description: string }
    expect(body).toEqual({ error, error_description: expect.stringMatching(description) })
    // RFC 6749, section 5.2.
    expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  })

  it('ignores parameters that it does not know, even twice', async () => {
    const resources = [
      ['resource', 'https://a.example'],
      ['resource', 'https://b.example'],
    ]
    expect((await ask([...Object.entries(good), ...resources])).status).toBe(200)
  })

  it.each(['Bearer x', 'Basic', 'Basic !', basic(''), basic('%E9')])(
    'refuses `Authorization: %s`, and says how to authenticate',
    async (authorization) => {
      const response = await ask(good, { authorization })
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([
        401,
        expect.stringMatching(/^Basic /),
      ])
      expect(await response.json()).toMatchObject({ error: 'invalid_client' })
    },
  )

  it('refuses two clients in one request', async () => {
    const response = await ask(good, { authorization: basic('others') })
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: 'invalid_request', error_description: expect.stringContaining("'my-bots' and 'others'") },
    ])
  })

  it('refuses a body that is not a form, or is too large', async () => {
    const json = await fetch(at('/oauth/token'), {
      method: 'POST',
      body: JSON.stringify(good),
      headers: { 'content-type': 'application/json' },
    })
    expect([json.status, await json.json()]).toMatchObject([400, { error: 'invalid_request' }])
    const large = await ask({ ...good, more: 'x'.repeat(65_536) })
    expect([large.status, await large.json()]).toMatchObject([413, { error: 'invalid_request' }])
  })

  it.each(['GET', 'HEAD', 'PUT', 'DELETE'])('refuses %s', async (method) => {
    const response = await fetch(at('/oauth/token'), { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  })

  const elsewhere: [who: string, headers: Record<string, string>][] = [
    ['a client behind a trusted proxy', { 'x-forwarded-for': '192.0.2.1' }],
    ['a client that a proxy calls local', { 'x-forwarded-for': '127.0.0.1' }],
    ['a client behind any other proxy', { via: '1.1 proxy' }],
    ['a client that calls this machine by a public name', { host: 'gateway.example' }],
    ['a client that calls this machine by a name of the network', { host: 'gateway' }],
    ['a page that hides its origin', { 'sec-fetch-site': 'cross-site' }],
  ]
  it.each(elsewhere)('refuses %s', async (_, headers) => {
    const form = new URLSearchParams(good).toString()
    const fields = {
      host: 'localhost',
      connection: 'close',
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': form.length,
      ...headers,
    }
    const head = ['POST /oauth/token HTTP/1.1', ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`)]
    const { status, body } = await sendRaw(gateway.url, [...head, '', form].join('\r\n'))
    expect(status).toBe(403)
    expect(JSON.parse(body)).toEqual({
      error: 'unauthorized_client',
      error_description: expect.stringMatching(
        /^The built-in SSO issues tokens only to programs on its own machine, and .*\.$/,
      ),
    })
  })

  it.each(['https://evil.example', 'http://localhost:3000', 'null'])(
    'refuses a page of the origin %s',
    async (origin) => {
      const response = await ask(good, { origin })
      expect([response.status, await response.json()]).toEqual([
        403,
        { error: expect.stringContaining('ALLOWED_ORIGINS') },
      ])
    },
  )

  it('serves a page of its own origin, and of one that is allowed', async () => {
    expect((await ask(good, { origin: at('/').origin, 'sec-fetch-site': 'same-origin' })).status).toBe(200)
    const response = await ask(good, { origin: APP, 'sec-fetch-site': 'cross-site' })
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, APP])
  })

  it('does not exist with an OpenID provider, and neither do the metadata and the key', async () => {
    const provider = await startOpenIdProvider()
    onTestFinished(provider.stop)
    const { url } = await gatewayForTest({ env: provider.env })
    for (const [path, method] of [
      ['/oauth/token', 'POST'],
      ['/.well-known/openid-configuration', 'GET'],
      ['/.well-known/jwks.json', 'GET'],
    ] as const) {
      const body = method === 'POST' ? new URLSearchParams(good) : null
      const response = await fetch(new URL(path, url), { method, body })
      expect([response.status, await response.json()]).toEqual([
        404,
        { error: `There is nothing at ${path}. GraphQL is at /graphql.` },
      ])
    }
  })
})

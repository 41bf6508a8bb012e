import { generateKeyPair, importJWK, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createEncryption } from '../src/database/encryption.ts'
import { create, statusOf, watchStatus } from './support/bot-agents.ts'
import { request } from './support/client.ts'
import { sql } from './support/database.ts'
import { gatewayForTest, startGateway, type TestGateway } from './support/gateway.ts'
import { AUDIENCE, type OpenIdProvider, SECRET, startOpenIdProvider } from './support/openid-provider.ts'
import { transports } from './support/subscription.ts'

let provider: OpenIdProvider
let gateway: TestGateway
let second: TestGateway
beforeAll(async () => {
  // The provider needs an address for logout tokens before the gateway has a port. `toldAt` redirects them.
  provider = await startOpenIdProvider({
    clients: [{ client_id: 'gateway', backchannel_logout_uri: 'http://127.0.0.1:9/oauth/backchannel-logout' }],
    toldAt: () => new URL('/oauth/backchannel-logout', second.url).href,
  })
  gateway = await startGateway({ env: provider.env })
  second = await startGateway({ env: provider.env, beside: gateway })
})
afterAll(async () => {
  await second.stop()
  await gateway.stop()
  await provider.stop()
})

const viewer = (token: string, at = gateway) => request(at.url, token, '{ viewer { clientId scopes } }')

/** Resolves when the gateway refuses the token. Other gateways learn of a revocation a moment later. */
const refusal = async (token: string, at: TestGateway) => {
  for (;;) {
    const answer = await viewer(token, at)
    if (answer.status === 401) return answer
  }
}

const opaque = (scope?: string) => provider.token({ format: 'opaque', ...(scope && { scope }) })

describe('a token that its issuer has revoked', () => {
  for (const transport of transports) {
    it(`is noticed within a period while it has open streams over ${transport}`, async () => {
      const [token, watcher] = [await opaque(), await provider.token()]
      const id = await create(gateway, token, { status: 'ACCEPTING_CHATS' })
      const watching = await watchStatus(second, watcher, { transport })
      const own = await watchStatus(second, token, { transport })
      await provider.revoke(token)
      const end = await own.ended
      if (transport === 'SSE') expect(end).toMatchObject({ errorCode: 'UNAUTHENTICATED' })
      else expect(end).toMatchObject({ closeCode: 4401 })
      const change = await watching.until(({ botAgentId, reason }) => botAgentId === id && reason === 'TOKEN_REVOKED')
      expect(change).toMatchObject({ status: 'OFFLINE', previousStatus: 'ACCEPTING_CHATS' })
      for (const at of [gateway, second]) expect((await viewer(token, at)).status).toBe(401)
    })
  }

  it('is noticed by exactly one gateway if only the log-in of a bot agent is tied to it', async () => {
    const [token, watcher] = [await opaque(), await provider.token()]
    const id = await create(gateway, token, { status: 'ACCEPTING_CHATS' })
    await create(second, token, { status: 'ACCEPTING_CHATS' })
    const watching = await watchStatus(gateway, watcher)
    const told = () =>
      [gateway, second].flatMap(({ logged }) =>
        logged.filter(({ msg }) => msg === 'an access token was revoked by its issuer'),
      ).length
    const before = told()
    await provider.revoke(token)
    await watching.until(({ botAgentId, reason }) => botAgentId === id && reason === 'TOKEN_REVOKED')
    expect(told() - before).toBe(1)
  })

  it('is refused even after a restart, without asking its issuer', async () => {
    const token = await opaque()
    const stream = await watchStatus(gateway, token, { transport: 'SSE' })
    await provider.revoke(token)
    await stream.ended
    const restarted = await gatewayForTest({ env: { ...provider.env }, beside: gateway })
    const asked = provider.asked.get('/token/introspection')
    expect(await viewer(token, restarted)).toMatchObject({
      status: 401,
      errors: [{ message: 'The access token was revoked.' }],
    })
    expect(provider.asked.get('/token/introspection')).toBe(asked)
  })

  it('does not count as revoked if it has only expired', async () => {
    const token = await provider.token({ format: 'opaque', expiresIn: 3 })
    const id = await create(gateway, token, { status: 'ACCEPTING_CHATS' })
    const { ended } = await watchStatus(gateway, token)
    expect(await ended).toMatchObject({ closeCode: 4403 })
    const watcher = await provider.token()
    // By now the gateway would have asked the issuer about it again.
    await sql(gateway.databaseUrl, 'select pg_sleep(1.5)')
    expect(await statusOf(gateway, watcher, id)).toBe('ACCEPTING_CHATS')
  })
})

describe('an opaque token', () => {
  it('is checked once per period by the whole cluster, and no longer once no bot agent is tied to it', {
    timeout: 60_000,
  }, async () => {
    const quiet = await startOpenIdProvider()
    onTestFinished(quiet.stop)
    const one = await startGateway({ env: quiet.env })
    const other = await startGateway({ env: quiet.env, beside: one })
    onTestFinished(async () => {
      await other.stop()
      await one.stop()
    })
    const token = await quiet.token({ format: 'opaque' })
    const ids = [
      await create(one, token, { status: 'ACCEPTING_CHATS' }),
      await create(other, token, { status: 'ACCEPTING_CHATS' }),
    ]
    const asked = () => quiet.asked.get('/token/introspection') ?? 0
    const before = asked()
    await sql(one.databaseUrl, 'select pg_sleep(5)')
    expect(asked() - before).toBeGreaterThanOrEqual(3)
    expect(asked() - before).toBeLessThanOrEqual(6)

    const watcher = await quiet.token()
    for (const id of ids) {
      const remove = 'mutation ($id: ID!) { removeBotAgent(input: { botAgentId: $id }) { botAgentId } }'
      await request(one.url, watcher, remove, { id })
    }
    await sql(one.databaseUrl, 'select pg_sleep(2)')
    const after = asked()
    await sql(one.databaseUrl, 'select pg_sleep(3)')
    expect(asked()).toBe(after)
  })
})

describe('a token that its issuer revoked while no gateway could ask about it', () => {
  const revokedMessage = { status: 401, errors: [{ message: 'The access token was revoked.' }] }

  it('is revoked when it is used, if it is opaque', async () => {
    const [token, watcher] = [await opaque(), await provider.token()]
    const before = await startGateway({ env: provider.env, beside: gateway })
    const id = await create(before, token, { status: 'ACCEPTING_CHATS' })
    await before.stop()
    await provider.revoke(token)
    const after = await gatewayForTest({ env: provider.env, beside: gateway })
    const watching = await watchStatus(gateway, watcher, { transport: 'SSE' })
    expect((await viewer(token, after)).errors?.[0]?.message).toMatch(/is not active/)
    await watching.until(({ botAgentId, reason }) => botAgentId === id && reason === 'TOKEN_REVOKED')
    expect(await statusOf(gateway, watcher, id)).toBe('OFFLINE')
    expect(await after.logs('an access token was revoked by its issuer')).toMatchObject({
      client: 'my-bots',
      license: 1,
    })
    // The other gateways learn of it a moment later.
    for (const at of [after, gateway, second]) {
      await refusal(token, at)
      expect(await viewer(token, at)).toMatchObject(revokedMessage)
    }
  })

  it('does not log out any bot agent if it has only expired', async () => {
    const watcher = await provider.token()
    const before = await startGateway({ env: provider.env, beside: gateway })
    // It is used at once: a gateway may take two seconds to start.
    const token = await provider.token({ format: 'opaque', expiresIn: 2 })
    const id = await create(before, token, { status: 'ACCEPTING_CHATS' })
    await before.stop()
    await provider.revoke(token)
    const after = await gatewayForTest({ env: provider.env, beside: gateway })
    expect((await viewer(token, after)).status).toBe(401)
    expect(await statusOf(gateway, watcher, id)).toBe('ACCEPTING_CHATS')
  })

  it('is checked from its first use on, if it is a JWT', { timeout: 60_000 }, async () => {
    const talkative = await startOpenIdProvider()
    onTestFinished(talkative.stop)
    talkative.answerAboutJwts({ active: true })
    const home = await gatewayForTest({ env: talkative.env })
    const token = await talkative.token()
    const before = await startGateway({ env: talkative.env, beside: home })
    const id = await create(before, token, { status: 'ACCEPTING_CHATS' })
    const other = await talkative.token()
    await before.stop()
    const after = await gatewayForTest({ env: talkative.env, beside: home })
    const watching = await watchStatus(home, other, { transport: 'SSE' })
    talkative.answerWith((asked) => ({ active: asked !== token }))
    expect((await viewer(token, after)).status).toBe(200)
    await watching.until(({ botAgentId, reason }) => botAgentId === id && reason === 'TOKEN_REVOKED')
    expect(await viewer(token, after)).toMatchObject(revokedMessage)
  })
})

describe('a record stored under the former key of a token', () => {
  const { hash } = createEncryption(Buffer.from('ab'.repeat(32), 'hex'))
  const formerKey = (identity: string) => hash(`${provider.issuer} ${identity}`)

  it('logs out the bot agents of the token', async () => {
    const [token, watcher] = [await opaque(), await provider.token()]
    const before = await startGateway({ env: provider.env, beside: gateway })
    const id = await create(before, token, { status: 'ACCEPTING_CHATS' })
    await before.stop()
    const [bound] = await sql<{ hash: Buffer }>(
      gateway.databaseUrl,
      'select access_token_hash as hash from bot_agent where id = $1',
      [id],
    )
    const former = formerKey(token)
    expect(bound?.hash).not.toEqual(former)
    await sql(gateway.databaseUrl, 'update bot_agent set access_token_hash = $2 where id = $1', [id, former])
    await sql(
      gateway.databaseUrl,
      'update access_token set hash = $2, revocation_keys = array[$2::bytea] where hash = $1',
      [bound?.hash, former],
    )

    const after = await gatewayForTest({ env: provider.env, beside: gateway })
    const watching = await watchStatus(gateway, watcher, { transport: 'SSE' })
    expect((await viewer(token, after)).status).toBe(200)
    await provider.revoke(token)
    await watching.until(({ botAgentId, reason }) => botAgentId === id && reason === 'TOKEN_REVOKED')
  })

  it('keeps the token revoked', async () => {
    const token = await opaque()
    await sql(
      gateway.databaseUrl,
      "insert into token_revocation (key, kept_until) values ($1, clock_timestamp() + interval '1 hour')",
      [formerKey(token)],
    )
    const after = await gatewayForTest({ env: provider.env, beside: gateway })
    expect((await viewer(token, after)).errors?.[0]?.message).toBe('The access token was revoked.')
  })

  it('is not mistaken for that of a session whose id the `jti` contains', async () => {
    const sid = crypto.randomUUID()
    const token = await personal({ sub: 'somebody', jti: `session ${sid}` })
    expect((await logOut(await logoutToken({ sub: undefined, sid }))).status).toBe(200)
    expect((await viewer(token)).status).toBe(200)
  })
})

describe('a change in what a token allows', () => {
  for (const transport of transports) {
    for (const all of [false, true]) {
      it(`ends a stream over ${transport} with FORBIDDEN at its next event, with \`all: ${all}\``, async () => {
        const before = all ? 'agents-bot--all:ro' : 'agents-bot--my:ro'
        const after = all ? 'agents-bot--my:ro' : 'chats--all:rw'
        const [token, other] = [await opaque(`${before} properties--my:ro`), await provider.token()]
        const stream = await watchStatus(gateway, token, { transport, all })
        await provider.allow(token, after)
        await eventuallyScopes(token, [after])
        const secret = await create(gateway, other, { status: 'ACCEPTING_CHATS' })
        expect(await stream.ended).toMatchObject({ errorCode: 'FORBIDDEN' })
        expect(JSON.stringify(stream.results)).not.toContain(secret)
      })

      it(`allows no new streams that need the lost scope, but keeps a stream over ${transport} that is still allowed, with \`all: ${all}\``, async () => {
        const [token, other] = [await opaque('agents-bot--all:rw'), await provider.token()]
        const stream = await watchStatus(gateway, token, { transport, all })
        const after = all ? 'agents-bot--all:ro' : 'agents-bot--my:ro'
        await provider.allow(token, after)
        await eventuallyScopes(token, [after])
        const id = await create(gateway, other, { status: 'ACCEPTING_CHATS' })
        await stream.until(({ botAgentId }) => botAgentId === id)
      })
    }
  }

  const eventuallyScopes = async (token: string, scopes: string[]) => {
    for (;;) {
      const { data } = await viewer(token)
      const { scopes: now } = (data as { viewer: { scopes: string[] } }).viewer
      if (JSON.stringify(now) === JSON.stringify(scopes)) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
})

describe('a JWT that the provider can introspect', () => {
  it('allows what the provider says, for streams and requests, and is revoked when the provider says so', {
    timeout: 60_000,
  }, async () => {
    const talkative = await startOpenIdProvider()
    onTestFinished(talkative.stop)
    talkative.answerAboutJwts({ active: true })
    const theirs = await gatewayForTest({ env: talkative.env })
    const [token, other] = [await talkative.token({ scope: 'agents-bot--my:rw' }), await talkative.token()]
    const id = await create(theirs, token, { status: 'ACCEPTING_CHATS' })
    const stream = await watchStatus(theirs, token)
    const { ended } = await watchStatus(theirs, other, { transport: 'SSE' })

    // It still allows the streams: they would otherwise end at the event of a bot agent that is logged out.
    talkative.answerAboutJwts({ active: true, scope: 'agents-bot--my:ro' })
    for (;;) {
      const { data } = await viewer(token, theirs)
      if (!JSON.stringify(data?.viewer).includes('agents-bot--my:rw')) break
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const removal = 'mutation ($id: ID!) { removeBotAgent(input: { botAgentId: $id }) { userErrors { message } } }'
    const { errors } = await request(theirs.url, token, removal, { id })
    expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
    talkative.answerAboutJwts({ active: false })
    expect(await ended).toMatchObject({ errorCode: 'UNAUTHENTICATED' })
    await stream.ended
    const rows = await sql<{ status: string }>(theirs.databaseUrl, 'select status from bot_agent where id = $1', [id])
    while (rows[0]?.status !== 'OFFLINE') {
      rows.splice(
        0,
        1,
        ...(await sql<{ status: string }>(theirs.databaseUrl, 'select status from bot_agent where id = $1', [id])),
      )
    }
  })
})

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const now = () => Math.floor(Date.now() / 1_000)

/** A logout token signed with the key of the provider, valid except for the given changes. */
async function logoutToken(
  changes: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  signer?: CryptoKey,
): Promise<string> {
  const [key] = provider.keys
  if (!key?.kid) throw new Error('The provider has no key')
  const claims = {
    iss: provider.issuer,
    aud: 'gateway',
    iat: now(),
    exp: now() + 120,
    jti: crypto.randomUUID(),
    sub: 'nobody',
    events: { [EVENT]: {} },
    ...changes,
  }
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', typ: 'logout+jwt', kid: key.kid, ...header })
    .sign(signer ?? (await importJWK(key, 'RS256')))
}

const logOut = (token: string, at = gateway) =>
  fetch(new URL('/oauth/backchannel-logout', at.url), {
    method: 'POST',
    body: new URLSearchParams({ logout_token: token }),
  })

/** A JWT access token of a person, with or without a session. */
async function personal(claims: { sub: string; sid?: string; iat?: number; jti?: string }): Promise<string> {
  const [key] = provider.keys
  if (!key?.kid) throw new Error('The provider has no key')
  const rest = { client_id: 'my-bots', license_id: 1, scope: 'agents-bot--all:rw', jti: crypto.randomUUID() }
  return new SignJWT({
    iss: provider.issuer,
    aud: AUDIENCE,
    iat: now(),
    exp: now() + 60,
    ...rest,
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: key.kid })
    .sign(await importJWK(key, 'RS256'))
}

describe('a back-channel logout', () => {
  it('from the provider logs out the bot agents of the person, on every gateway', async () => {
    const watcher = await provider.token({ clientId: 'gateway' })
    for (const format of ['jwt', 'opaque'] as const) {
      const { token, logOut } = await provider.logIn(`jane with ${format}`, format)
      const id = await create(gateway, token, { status: 'ACCEPTING_CHATS' })
      const { ended } = await watchStatus(gateway, token)
      await logOut()
      expect(await ended).toMatchObject({ closeCode: 4401 })
      expect((await viewer(token)).status).toBe(401)
      expect(await statusOf(gateway, watcher, id)).toBe('OFFLINE')
    }
  })

  it('for a subject revokes all tokens issued before it, even unknown ones, and no later ones', async () => {
    const sub = crypto.randomUUID()
    const old = [await personal({ sub, iat: now() - 10 }), await personal({ sub, sid: 'a', iat: now() - 10 })]
    const response = await logOut(await logoutToken({ sub, iat: now() - 5 }))
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    for (const token of old) await refusal(token, second)
    expect((await viewer(await personal({ sub }))).status).toBe(200)
    expect((await viewer(await personal({ sub: 'somebody else', iat: now() - 10 }))).status).toBe(200)
  })

  it('for a session revokes its tokens, and those of the subject that name no session', async () => {
    const sub = crypto.randomUUID()
    const [sid, otherSid] = [crypto.randomUUID(), crypto.randomUUID()]
    const iat = now() - 10
    const meant = [await personal({ sub, sid }), await personal({ sub, iat })]
    const others = [await personal({ sub, sid: otherSid, iat }), await personal({ sub: 'x', iat })]
    expect((await logOut(await logoutToken({ sub, sid, iat: now() - 5 }))).status).toBe(200)
    for (const token of meant) expect((await viewer(token)).status).toBe(401)
    for (const token of others) expect((await viewer(token)).status).toBe(200)

    expect((await logOut(await logoutToken({ sub: undefined, sid: otherSid }))).status).toBe(200)
    expect((await viewer(others[0] ?? '')).status).toBe(401)
  })

  /** A provider whose tokens have no time of issue, a gateway that uses it, a token and a logout. */
  const withoutTimesOfIssue = async () => {
    const undated = await startOpenIdProvider()
    onTestFinished(undated.stop)
    const sub = crypto.randomUUID()
    const claims = { aud: AUDIENCE, client_id: 'my-bots', license_id: 1, scope: 'agents-bot--my:rw', sub }
    undated.answerWith(() => ({ active: true, ...claims, exp: now() + 600 }))
    const [key] = undated.keys
    if (!key?.kid) throw new Error('The provider has no key')
    const sign = async (typ: string, payload: object) =>
      new SignJWT({ iss: undated.issuer, exp: now() + 600, jti: crypto.randomUUID(), ...payload })
        .setProtectedHeader({ alg: 'RS256', typ, kid: key.kid ?? '' })
        .sign(await importJWK(key, 'RS256'))
    const home = await gatewayForTest({ env: undated.env })
    return {
      home,
      beside: () => startGateway({ env: undated.env, beside: home }),
      tokens: async () => [crypto.randomUUID(), await sign('at+jwt', claims)],
      async logOut(meant: object) {
        const events = { [EVENT]: {} }
        const token = await sign('logout+jwt', { aud: 'gateway', iat: now(), events, sub, ...meant })
        expect((await logOut(token, home)).status).toBe(200)
      },
    }
  }

  for (const [name, meant] of [
    ['of a subject', {}],
    ['of a session that the tokens do not name', { sid: 'a session' }],
  ] as const) {
    it(`${name} revokes a token without a time of issue only if it was used before`, async () => {
      const { home, beside, tokens, logOut } = await withoutTimesOfIssue()
      const used = await tokens()
      for (const token of used) await create(home, token, { status: 'ACCEPTING_CHATS' })
      const streams = await Promise.all(used.map((token) => watchStatus(home, token)))
      await logOut(meant)
      for (const { ended } of streams) expect(await ended).toMatchObject({ closeCode: 4401 })
      const restarted = await beside()
      onTestFinished(() => restarted.stop())
      for (const token of used) {
        for (const at of [home, restarted]) {
          expect((await viewer(token, at)).errors?.[0]?.message).toBe('The access token was revoked.')
        }
      }
      expect(await sql(home.databaseUrl, "select from bot_agent where status <> 'OFFLINE'")).toEqual([])
      // In the same second.
      for (const token of await tokens()) {
        for (const at of [home, restarted]) expect((await viewer(token, at)).status).toBe(200)
      }
    })
  }

  it('revokes such a token even if it was used only at another gateway, which has stopped', async () => {
    const { home, beside, tokens, logOut } = await withoutTimesOfIssue()
    const gone = await beside()
    const used = await tokens()
    for (const token of used) expect((await viewer(token, gone)).status).toBe(200)
    await gone.stop()
    await logOut({})
    for (const token of used) {
      expect((await viewer(token, home)).errors?.[0]?.message).toBe('The access token was revoked.')
    }
  })

  it('is handled once in the whole cluster', async () => {
    const token = await logoutToken()
    const answers = await Promise.all([logOut(token), logOut(token, second), logOut(token)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400])
    expect((await logOut(token, second)).status).toBe(400)
  })

  const foreign = generateKeyPair('RS256')
  const wrong: [name: string, token: () => Promise<string>, message: RegExp][] = [
    ['that is not a token', async () => 'x', /no valid signature of the OpenID provider/],
    [
      'that somebody else has signed',
      async () => logoutToken({}, {}, (await foreign).privateKey),
      /no valid signature/,
    ],
    [
      'with an unknown key',
      async () => logoutToken({}, { kid: 'x' }, (await foreign).privateKey),
      /no valid signature/,
    ],
    ['of another issuer', () => logoutToken({ iss: 'https://other.example' }), /`iss`/],
    ['for another client', () => logoutToken({ aud: 'my-bots' }), /`aud`/],
    ['that has expired', () => logoutToken({ exp: now() - 60 }), /has expired/],
    ['without `exp`', () => logoutToken({ exp: undefined }), /`exp`/],
    ['without `iat`', () => logoutToken({ iat: undefined }), /`iat`/],
    ['without `jti`', () => logoutToken({ jti: undefined }), /`jti`/],
    ['without `sub` and `sid`', () => logoutToken({ sub: undefined }), /neither a `sub` nor a `sid`/],
    ['without `events`', () => logoutToken({ events: undefined }), /`events`/],
    ['of another event', () => logoutToken({ events: { 'http://other.example': {} } }), /`events`/],
    ['whose event is not an object', () => logoutToken({ events: { [EVENT]: true } }), /`events`/],
    ['with a `nonce`', () => logoutToken({ nonce: 'x' }), /`nonce`/],
    ['of another type', () => logoutToken({}, { typ: 'at+jwt' }), /`typ`/],
    ['that is an access token', () => provider.token({ clientId: 'gateway' }), /`aud`/],
  ]
  for (const [name, token, message] of wrong) {
    it(`${name} is refused with 400`, async () => {
      const response = await logOut(await token())
      expect(response.status).toBe(400)
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(await response.json()).toEqual({
        error: 'invalid_request',
        error_description: expect.stringMatching(message),
      })
    })
  }

  it('is the only way to revoke a token: the gateway has no revocation endpoint here', async () => {
    const url = new URL('/oauth/revoke', gateway.url)
    expect((await fetch(url, { method: 'POST', body: new URLSearchParams({ token: SECRET }) })).status).toBe(404)
  })
})

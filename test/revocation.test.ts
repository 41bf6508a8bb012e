import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { create, createBotAgent, statusOf, updateBotAgent, watchStatus } from './support/bot-agents.ts'
import { request } from './support/client.ts'
import { sql } from './support/database.ts'
import { gatewayForTest, newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { receiverForTest } from './support/receiver.ts'
import { subscribe, transports } from './support/subscription.ts'

let gateway: TestGateway
let second: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
  second = await startGateway({ beside: gateway })
})
afterAll(async () => {
  await second.stop()
  await gateway.stop()
})

/** Revokes a token at the built-in SSO, as RFC 7009 says. */
const revoke = (token: string, at = gateway) => post({ token }, at)

const post = (form: Record<string, string> | string[][], at = gateway) =>
  fetch(new URL('/oauth/revoke', at.url), { method: 'POST', body: new URLSearchParams(form) })

describe('a token that is revoked', () => {
  for (const transport of transports) {
    it(`logs its bot agents out and ends its streams over ${transport} within a second, on every gateway`, async () => {
      const licenseId = newLicense()
      const token = await gateway.token({ licenseId })
      const watcher = await gateway.token({ licenseId })
      const bots = await Promise.all([
        create(gateway, token, { status: 'ACCEPTING_CHATS' }),
        create(second, token, { status: 'NOT_ACCEPTING_CHATS' }),
      ])
      const watching = await watchStatus(second, watcher, { transport })
      const own = [await watchStatus(gateway, token, { transport }), await watchStatus(second, token, { transport })]

      const begun = performance.now()
      expect((await revoke(token)).status).toBe(200)
      const ends = await Promise.all(own.map(({ ended }) => ended))
      expect(performance.now() - begun).toBeLessThan(1_000)
      for (const end of ends) {
        if (transport === 'SSE') expect(end).toMatchObject({ errorCode: 'UNAUTHENTICATED' })
        else expect(end).toMatchObject({ closeCode: 4401, reason: 'The access token was revoked' })
      }

      for (const [index, id] of bots.entries()) {
        const change = await watching.until(({ botAgentId, reason }) => botAgentId === id && reason === 'TOKEN_REVOKED')
        const previousStatus = index === 0 ? 'ACCEPTING_CHATS' : 'NOT_ACCEPTING_CHATS'
        expect(change).toMatchObject({ status: 'OFFLINE', previousStatus })
        expect(await statusOf(gateway, watcher, id)).toBe('OFFLINE')
      }
    })
  }

  it('is refused on every gateway, over every transport, even after a restart', async () => {
    const token = await gateway.token({ licenseId: newLicense() })
    await revoke(token)
    const restarted = await gatewayForTest({ beside: gateway })
    for (const at of [gateway, second, restarted]) {
      const answer = await request(at.url, token, '{ viewer { clientId } }')
      expect(answer).toMatchObject({ status: 401, errors: [{ message: 'The access token was revoked.' }] })
      const { ended } = await subscribe(at, token, '{ viewer { clientId } }')
      expect(await ended).toMatchObject({ closeCode: 4401, reason: 'The access token was revoked' })
    }
  })

  it('is reported by webhook to the bot agents that listen, and not to those that it logs out', async () => {
    const receiver = await receiverForTest()
    const licenseId = newLicense()
    const webhooks = { url: receiver.url, secretKey: 's', actions: [{ name: 'AGENT_STATUS_CHANGED' }] }
    const token = await gateway.token({ licenseId })
    const id = await create(gateway, token, { status: 'ACCEPTING_CHATS', webhooks })
    const listener = await gateway.token({ licenseId })
    await create(gateway, listener, { status: 'ACCEPTING_CHATS', webhooks: { ...webhooks, secretKey: 'listener' } })
    await receiver.reaches(1)
    await revoke(token)
    const [, told] = await receiver.reaches(2)
    expect(told?.body).toMatchObject({
      action: 'agent_status_changed',
      secret_key: 'listener',
      data: { agent_id: id, status: 'offline' },
    })
  })

  it('does not log out bot agents that have since been bound to another token', async () => {
    const licenseId = newLicense()
    const [revoked, other] = [await gateway.token({ licenseId }), await gateway.token({ licenseId })]
    const bound = await create(gateway, revoked, { status: 'ACCEPTING_CHATS' })
    await request(gateway.url, other, updateBotAgent, { input: { id: bound, name: 'bound anew' } })
    const neighbour = await create(gateway, other, { status: 'ACCEPTING_CHATS' })
    const hanging = await create(gateway, revoked, { status: 'ACCEPTING_CHATS' })
    await revoke(revoked)
    const audited = await sql(
      gateway.databaseUrl,
      `select bot_agent_id, client_id, address, access_token_hash is not null as hash from audit_entry
       where license_id = $1 and action = 'REVOKED'`,
      [licenseId],
    )
    expect(audited).toEqual([{ bot_agent_id: hanging, client_id: 'my-bots', address: '127.0.0.1', hash: true }])
    expect(await statusOf(gateway, other, hanging)).toBe('OFFLINE')
    expect(await statusOf(gateway, other, bound)).toBe('ACCEPTING_CHATS')
    expect(await statusOf(gateway, other, neighbour)).toBe('ACCEPTING_CHATS')

    await request(gateway.url, other, updateBotAgent, { input: { id: hanging, status: 'ACCEPTING_CHATS' } })
    expect(await statusOf(gateway, other, hanging)).toBe('ACCEPTING_CHATS')
  })

  it('leaves no bot agent logged in, whatever happens at the same moment', { timeout: 60_000 }, async () => {
    for (let round = 0; round < 5; round++) {
      const licenseId = newLicense()
      const token = await gateway.token({ licenseId })
      const watcher = await gateway.token({ licenseId })
      const ids = await Promise.all(Array.from({ length: 4 }, () => create(gateway, token)))
      const input = { name: 'x', status: 'ACCEPTING_CHATS' }
      const storm = Array.from({ length: 24 }, (_, index) => {
        const at = index % 2 ? gateway : second
        return index % 3
          ? request(at.url, token, updateBotAgent, { input: { id: ids[index % 4], status: 'ACCEPTING_CHATS' } })
          : request(at.url, token, createBotAgent, { input })
      })
      await Promise.race(storm)
      await revoke(token, round % 2 ? gateway : second)
      for (const { errors, data } of await Promise.all(storm)) {
        if (errors) expect(errors[0]?.extensions?.code).toBe('UNAUTHENTICATED')
        else expect(data).toBeDefined()
      }
      const query = '{ botAgents(first: 100, statuses: [ACCEPTING_CHATS]) { totalCount } }'
      expect((await request(gateway.url, watcher, query)).data).toEqual({ botAgents: { totalCount: 0 } })
    }
  })

  it('that has already expired still logs its bot agents out, although the expiry itself logs nobody out', async () => {
    const licenseId = newLicense()
    const token = await gateway.token({ licenseId, expiresIn: 2 })
    const watcher = await gateway.token({ licenseId })
    const id = await create(gateway, token, { status: 'ACCEPTING_CHATS' })
    const { ended } = await watchStatus(gateway, token)
    expect(await ended).toMatchObject({ closeCode: 4403 })
    expect(await statusOf(gateway, watcher, id)).toBe('ACCEPTING_CHATS')
    await revoke(token)
    expect(await statusOf(gateway, watcher, id)).toBe('OFFLINE')
  })

  it('is recognised under the former encryption key as well as the current one', { timeout: 60_000 }, async () => {
    const [former, present] = ['ab'.repeat(32), 'cd'.repeat(32)]
    const before = await gatewayForTest({ env: { ENCRYPTION_KEY: former } })
    const [revoked, holding] = [await before.token(), await before.token()]
    await revoke(revoked, before)
    const id = await create(before, holding, { status: 'ACCEPTING_CHATS' })

    const env = { ENCRYPTION_KEY: present, ACCEPTED_ENCRYPTION_KEYS: former }
    const after = await gatewayForTest({ env, beside: before })
    expect((await request(after.url, revoked, '{ viewer { clientId } }')).errors?.[0]?.message).toMatch(/was revoked/)
    await revoke(holding, after)
    expect(await statusOf(after, await before.token(), id)).toBe('OFFLINE')
  })

  it('is not stored in any table, and neither is its id', async () => {
    const token = await gateway.token({ clientId: 'a-client-of-note', licenseId: newLicense() })
    await create(gateway, token)
    await revoke(token)
    const [, payload = ''] = token.split('.')
    const { jti } = JSON.parse(Buffer.from(payload, 'base64url').toString())
    for (const table of ['access_token', 'token_revocation', 'feed_entry', 'bot_agent']) {
      const rows = JSON.stringify(await sql(gateway.databaseUrl, `select row_to_json(t)::text as row from ${table} t`))
      expect(rows).not.toContain(token)
      expect(rows).not.toContain(jti)
      expect(rows).not.toContain(Buffer.from(jti).toString('hex'))
    }
    expect(JSON.stringify(gateway.logged)).not.toContain(token)
  })
})

describe('the revocation endpoint', () => {
  it('returns 200 even if the token is not one of its own, and then changes nothing', async () => {
    for (const token of ['x', 'a.b.c', `${await gateway.token()}x`]) {
      const response = await revoke(token)
      expect(response.status).toBe(200)
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(await response.text()).toBe('')
    }
    const token = await gateway.token()
    await post({ token, token_type_hint: 'refresh_token' })
    expect((await request(gateway.url, token, '{ viewer { clientId } }')).status).toBe(401)
    expect((await revoke(token)).status).toBe(200)
  })

  const wrong: [name: string, send: (url: URL) => Promise<Response>, status: number][] = [
    ['without a token', () => post({}), 400],
    [
      'with two tokens',
      () =>
        post([
          ['token', 'a'],
          ['token', 'b'],
        ]),
      400,
    ],
    [
      'with JSON',
      (url) => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }),
      400,
    ],
    ['of a megabyte', () => post({ token: 'x'.repeat(1_000_000) }), 413],
    ['by GET', (url) => fetch(url), 405],
  ]
  for (const [name, send, status] of wrong) {
    it(`refuses a request ${name} with ${status}`, async () => {
      const response = await send(new URL('/oauth/revoke', gateway.url))
      expect(response.status).toBe(status)
      expect(await response.json()).toMatchObject({ error: 'invalid_request', error_description: expect.any(String) })
    })
  }

  it('is the only one: without an OpenID provider there is no back-channel logout', async () => {
    expect((await fetch(new URL('/oauth/backchannel-logout', gateway.url), { method: 'POST' })).status).toBe(404)
  })
})

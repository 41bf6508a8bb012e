import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '../support/database.ts'
import { operation, post, raw, repeat } from './attacker.ts'
import { startTarget, type Target } from './target.ts'

/** Changes have no rate limits, so that the other limits are under test. */
let target: Target
beforeAll(async () => {
  target = await startTarget({
    env: { RATE_LIMIT_MUTATIONS: '0', RATE_LIMIT_QUERY_COST: '0', BOT_AGENTS_PER_APPLICATION: '5000' },
  })
})
afterAll(() => target.stop())

const create = `mutation ($input: CreateBotAgentInput!) {
  createBotAgent(input: $input) { botAgent { id } userErrors { code field message } }
}`
const status = 'ACCEPTING_CHATS'

describe('requests do not block others:', () => {
  it('1,800 changes at once are made, or refused as overload', async () => {
    const answers = new Map<string, number>()
    await target.withstands(() =>
      repeat(1_800, 1_800, async () => {
        const { status: code, text } = await post(
          target,
          target.token,
          operation(create, { input: { name: 'x', status } }),
        )
        const outcome = code === 503 ? `503 ${/"code":"(\w+)"/.exec(text)?.[1]}` : String(code)
        answers.set(outcome, (answers.get(outcome) ?? 0) + 1)
      }),
    )
    expect([...answers.keys()].filter((outcome) => outcome !== '200' && outcome !== '503 OVERLOADED')).toEqual([])
    expect(answers.get('200')).toBeGreaterThan(0)
  })

  it('bodies that never end, with and without a token', async () => {
    await target.withstands(async () => {
      const head = (token?: string) =>
        `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1048576\r\n${token ? `Authorization: Bearer ${token}\r\n` : ''}\r\n`
      const sockets = await Promise.all(
        Array.from({ length: 300 }, (_, index) => raw(target, head(index % 2 ? target.token : undefined))),
      )
      for (const socket of sockets) socket.write('x'.repeat(1_048_000))
      await Promise.all(sockets.map((socket, index) => (index % 2 ? undefined : once(socket, 'data').catch(() => {}))))
      for (const socket of sockets) socket.destroy()
    })
  })

  it('filters of the maximum size, and larger ones', async () => {
    const webhooks = (bytes: number) => ({
      url: 'http://127.0.0.1:9/',
      secretKey: 'secret-of-an-attacker',
      actions: [
        {
          name: 'INCOMING_EVENT',
          filters: {
            chatProperties: Array.from({ length: Math.ceil(bytes / 26_000) }, (_, index) => ({
              namespace: 'a',
              name: `p${index}`,
              excludeValues: Array.from({ length: 100 }, (_, value) => `${value}`.padEnd(250, 'x')),
            })),
          },
        },
      ],
    })
    const refused = await post(
      target,
      target.token,
      operation(create, { input: { name: 'x', status, webhooks: webhooks(900_000) } }),
    )
    expect(refused.text).toContain('32')
    expect(refused.text).toContain('VALIDATION')
    await target.withstands(async () => {
      await repeat(300, 8, () =>
        post(target, target.token, operation(create, { input: { name: 'x', status, webhooks: webhooks(26_000) } })),
      )
      const publish = `mutation ($input: PublishChatEventInput!) { publishChatEvent(input: $input) { matched userErrors { message } } }`
      const input = {
        action: 'INCOMING_EVENT',
        authorType: 'CUSTOMER',
        data: { chat_id: 'c', thread_id: 't', event: { id: 'e' } },
        chat: { id: 'c', properties: { a: { p0: '0'.padEnd(250, 'x') } } },
      }
      await repeat(40, 20, async () => {
        const answer = await post(target, target.token, operation(publish, { input }))
        expect(answer.text).toContain('"matched":0')
      })
    })
  })

  it('responses larger than the limit', async () => {
    const token = await target.provider.token({ clientId: 'gateway' })
    const { text } = await post(
      target,
      token,
      operation(create, {
        input: {
          name: 'x',
          status,
          webhooks: { url: 'http://127.0.0.1:9/', secretKey: 's3cr3t', actions: [{ name: 'INCOMING_EVENT' }] },
        },
      }),
    )
    const id = /"id":"(\w{32})"/.exec(text)?.[1]
    await sql(
      target.databaseUrl,
      `with event as (
         insert into chat_event (id, license_id, client_id, action, data, matched)
         select 'evt_' || lpad(to_hex(n), 32, '0'), 1, 'gateway', 'INCOMING_EVENT', '{"filler":"' || repeat('x', 250000) || '"}', 1
         from generate_series(1, 3000) n on conflict do nothing returning id
       )
       insert into webhook_delivery (id, license_id, client_id, bot_agent_id, chat_event_id, action, state, url, ping, additional_data, secret_key, finished_at)
       select 'dlv_' || substr(event.id, 5), 1, 'gateway', $1, event.id, 'INCOMING_EVENT', 'SUCCEEDED', 'http://127.0.0.1:9/', false, '{}', '', now() from event`,
      [id],
    )
    const page = '(first: 100) { nodes { chatEvent { data } } pageInfo { endCursor } }'
    const aliases = Array.from({ length: 30 }, (_, index) => `a${index}: webhookDeliveries${page}`).join(' ')
    await target.withstands(() =>
      repeat(12, 6, async () => {
        const answer = await post(target, token, operation(`{ ${aliases} }`))
        expect(answer.bytes).toBeLessThan(32 * 1_024 * 1_024)
        expect(answer.refused).toBe(true)
      }),
    )
    const few = await post(
      target,
      token,
      operation('{ webhookDeliveries(first: 20) { nodes { chatEvent { data } } } }'),
    )
    expect(few.status).toBe(200)
    expect(few.bytes).toBeGreaterThan(5_000_000)
  })

  it('lists of tens of thousands of ids', async () => {
    const ids = Array.from({ length: 25_000 }, (_, index) => index.toString(16).padStart(32, '0'))
    const query = 'query ($ids: [ID!]) { auditTrail(botAgentIds: $ids, first: 1) { nodes { id } } }'
    await target.withstands(() => repeat(60, 30, () => post(target, target.token, operation(query, { ids }))))
  })

  it('responses that nobody reads', async () => {
    const body = operation(
      '{ botAgents(first: 100) { nodes { id name webhooks { actions { filters { chatProperties { excludeValues } } } } } } }',
    )
    const request = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer ${target.token}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    await target.withstands(async () => {
      const sockets = await Promise.all(Array.from({ length: 40 }, () => raw(target, request)))
      for (const socket of sockets) socket.pause()
      await repeat(20, 4, () => post(target, target.token, operation('{ viewer { clientId } }')))
      for (const socket of sockets) socket.destroy()
    })
  })
})

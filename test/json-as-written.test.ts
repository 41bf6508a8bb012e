import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { create } from './support/bot-agents.ts'
import { listening } from './support/chat-events.ts'
import { request } from './support/client.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { type Receiver, startReceiver } from './support/receiver.ts'

let gateway: TestGateway
let receiver: Receiver
let token: string
beforeAll(async () => {
  gateway = await startGateway()
  receiver = await startReceiver()
  token = await gateway.token()
  await create(gateway, token, listening(receiver.url))
})
afterAll(async () => {
  await gateway.stop()
  await receiver.stop()
})

/** Numbers that JavaScript cannot represent or would write differently, and names that an object would reorder. */
const written =
  '{"chat_id":"c","thread_id":"t","event":{"id":"e","order":8202522731445525542,"price":1.0,"tiny":1e-7,"zero":-0,"2":"b","1":"a","list":[10000000000000000000001,0.10,{"__proto__":{"x":1.50}}]}}'
const spaced = written.replace('"event":', '\n  "event" : ')

const declared =
  'mutation ($input: PublishChatEventInput!) { publishChatEvent(input: $input) { chatEvent { id data } userErrors { field message } } }'
const inputOf = (data: string) => `{"action":"INCOMING_EVENT","authorType":"CUSTOMER","data":${data}}`

/** The `data` in the body of the next webhook, as written. */
async function delivered(act: () => Promise<unknown>): Promise<string | undefined> {
  const before = receiver.received.length
  await act()
  const webhook = (await receiver.reaches(before + 1)).at(-1)
  return /"data":(.*),"additional_data":/.exec(webhook?.text ?? '')?.[1]
}

async function post(body: string, contentType = 'application/json'): Promise<Response> {
  return fetch(gateway.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': contentType },
    body,
  })
}

describe('the data of a chat event reaches bot agents as it was written', () => {
  it('in a variable that contains the whole input', async () => {
    const send = () => post(`{"variables":{"input":${inputOf(spaced)}},"query":${JSON.stringify(declared)}}`)
    expect(await delivered(send)).toBe(written)
  })

  it('in a variable of its own, and in a form', async () => {
    const query =
      'mutation ($d: JSON!) { publishChatEvent(input: {action: INCOMING_EVENT, authorType: CUSTOMER, data: $d}) { matched } }'
    expect(await delivered(() => post(`{"query":${JSON.stringify(query)},"variables":{"x":{},"d":${spaced}}}`))).toBe(
      written,
    )
    const form = new URLSearchParams({ query, variables: `{"d":${spaced}}` })
    expect(await delivered(() => post(String(form), 'application/x-www-form-urlencoded'))).toBe(written)
  })

  it('in a document, with variables inside and as the default of a variable', async () => {
    const literal =
      '{chat_id: "c", thread_id: "t", event: {id: "e", order: 8202522731445525542, price: 1.0, list: [0.10, $more, null, true]}}'
    const outcome =
      '{"chat_id":"c","thread_id":"t","event":{"id":"e","order":8202522731445525542,"price":1.0,"list":[0.10,{"2":1.0,"1":9007199254740993},null,true]}}'
    const query = (data: string, variables: string) =>
      `mutation (${variables}) { publishChatEvent(input: {action: INCOMING_EVENT, authorType: CUSTOMER, data: ${data}}) { matched } }`
    const inside = `{"query":${JSON.stringify(query(literal, '$more: JSON'))},"variables":{"more":{"2":1.0, "1":9007199254740993}}}`
    expect(await delivered(() => post(inside))).toBe(outcome)
    const fallback = literal.replace('$more', '{a: 9007199254740993}')
    expect(await delivered(() => post(JSON.stringify({ query: query('$d', `$d: JSON! = ${fallback}`) })))).toBe(
      outcome.replace('{"2":1.0,"1":9007199254740993}', '{"a":9007199254740993}'),
    )
    const number = `{"query":${JSON.stringify(query(literal, '$more: JSON'))},"variables":{"more":9007199254740993.0}}`
    expect(await delivered(() => post(number))).toBe(
      outcome.replace('{"2":1.0,"1":9007199254740993}', '9007199254740993.0'),
    )
  })

  it('over a WebSocket', async () => {
    const socket = new WebSocket(gateway.url.replace('http', 'ws'), 'graphql-transport-ws')
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } }))
    await once(socket, 'message')
    const message = `{"payload":{"variables":{"input":${inputOf(spaced)}},"query":${JSON.stringify(declared)}},"id":"1","type":"subscribe"}`
    expect(await delivered(async () => socket.send(message))).toBe(written)
    socket.close()
  })

  it('and is returned with all digits', async () => {
    const text = await (
      await post(`{"query":${JSON.stringify(declared)},"variables":{"input":${inputOf(written)}}}`)
    ).text()
    expect(text).toContain('"order":8202522731445525542,"price":1.0,"tiny":1e-7,"zero":-0')
    const { data } = JSON.parse(text)
    const id = data.publishChatEvent.chatEvent.id
    const read = await post(JSON.stringify({ query: `{ node(id: "${id}") { ... on ChatEvent { data } } }` }))
    expect(await read.text()).toContain('"list":[10000000000000000000001,0.10,')
  })
})

describe('data that would be changed is refused', () => {
  const refusals: [name: string, data: string, message: RegExp][] = [
    ['two members with the same name', written.replace('"price"', '"order"'), /two members with the same name/],
    ['a number that is too large', written.replace('1.0', '1e400'), /smaller number/],
    [
      'data that is nested too deep',
      written.replace('1.0', `${'['.repeat(70)}${']'.repeat(70)}`),
      /nested more than 64/,
    ],
    ['data of more than 256 KiB', written.replace('"e"', `"${'x'.repeat(262_144)}"`), /256 KiB/],
  ]
  for (const [name, data, message] of refusals) {
    it(`with a message for ${name}`, async () => {
      const response = await post(`{"query":${JSON.stringify(declared)},"variables":{"input":${inputOf(data)}}}`)
      const payload = {
        chatEvent: null,
        userErrors: [{ field: expect.arrayContaining(['data']), message: expect.stringMatching(message) }],
      }
      expect(await response.json()).toEqual({ data: { publishChatEvent: payload } })
    })
  }
})

describe('JSON in a document', () => {
  const ask = (data: string, variables = '') =>
    request(
      gateway.url,
      token,
      `mutation ${variables} { publishChatEvent(input: {action: INCOMING_EVENT, authorType: CUSTOMER, data: ${data}}) { userErrors { message } } }`,
    )

  it('is refused if it contains a value that is not JSON', async () => {
    for (const data of ['{type: MESSAGE}', '[A, 1, B]']) {
      const { status, errors } = await ask(data)
      expect([status, errors?.[0]?.message]).toEqual([
        400,
        expect.stringMatching(/JSON has no enum values: write "(MESSAGE|A)"/),
      ])
    }
  })

  it('is refused if it contains a variable without a value', async () => {
    for (const data of ['{chat_id: $v}', '[$v]']) {
      const { status, errors } = await ask(data, '($v: JSON)')
      expect([status, errors?.[0]?.extensions?.code]).toEqual([400, 'BAD_USER_INPUT'])
    }
  })
})

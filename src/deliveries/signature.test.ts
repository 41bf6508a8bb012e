import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { signatureHeaders } from './signature.ts'

const body = '{"webhook_id":"dlv_1","text":"Grüße, 你好 😀"}'
const signed = { id: 'dlv_1', timestamp: new Date(), body, secrets: ['JSauw0Aks8l-asAa'] }

/** Verifies as a receiver does, with the UTF-8 bytes of its secret. */
function verify(secret: string, headers: Record<string, string>, received = body): unknown {
  return new Webhook(new TextEncoder().encode(secret), { format: 'raw' }).verify(received, headers)
}

describe('a receiver with the official library', () => {
  for (const secret of ['JSauw0Aks8l-asAa', 'x', 'whsec_MfKQ9r8GKYqrTwjU', 'a b,c', 'zażółć', 'ключ', '秘密😀']) {
    it(`verifies a webhook signed with ${secret}`, () => {
      const headers = signatureHeaders({ ...signed, secrets: [secret] })
      expect(verify(secret, headers)).toEqual(JSON.parse(body))
      expect(() => verify(`${secret}x`, headers)).toThrow('No matching signature')
    })
  }

  it('can pass a secret of ASCII characters as text', () => {
    const [secret = ''] = signed.secrets
    expect(new Webhook(secret, { format: 'raw' }).verify(body, signatureHeaders(signed))).toEqual(JSON.parse(body))
  })

  const { timestamp } = signed
  const changes: [what: string, headers: object, received?: string][] = [
    ['body', {}, `${body} `],
    ['id', { 'webhook-id': 'dlv_2' }],
    ['time', { 'webhook-timestamp': String(Math.floor(timestamp.getTime() / 1_000) + 1) }],
    ['signature', { 'webhook-signature': 'v1,AAAA' }],
  ]
  for (const [what, headers, received] of changes) {
    it(`notices that the ${what} was changed`, () => {
      expect(() => verify('JSauw0Aks8l-asAa', { ...signatureHeaders(signed), ...headers }, received)).toThrow(
        'No matching signature',
      )
    })
  }

  it('refuses a webhook that was signed long ago, or in the future', () => {
    const at = (minutes: number) =>
      signatureHeaders({ ...signed, timestamp: new Date(timestamp.getTime() + minutes * 60_000) })
    expect(() => verify('JSauw0Aks8l-asAa', at(-6))).toThrow('too old')
    expect(() => verify('JSauw0Aks8l-asAa', at(6))).toThrow('too new')
  })

  it('verifies with either of two secrets', () => {
    const headers = signatureHeaders({ ...signed, secrets: ['new ключ', 'former'] })
    for (const secret of ['new ключ', 'former']) expect(verify(secret, headers)).toEqual(JSON.parse(body))
    expect(() => verify('other', headers)).toThrow('No matching signature')
  })
})

describe('a secret of Standard Webhooks: whsec_ and a key in Base64', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

  it('signs the published example with the published signature', () => {
    const example = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: new Date(1_614_265_330_000),
      body: '{"test": 2432232314}',
      secrets: [secret],
    }
    expect(signatureHeaders(example)['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  for (const bytes of [24, 32, 33, 64]) {
    it(`is verified by the official library as it is: ${bytes} bytes`, () => {
      const made = `whsec_${randomBytes(bytes).toString('base64')}`
      const headers = signatureHeaders({ ...signed, secrets: [made] })
      expect(new Webhook(made).verify(body, headers)).toEqual(JSON.parse(body))
    })
  }
})

it('the headers are those of Standard Webhooks, with one signature per secret, that of the current secret first', () => {
  const timestamp = new Date('2026-01-02T03:04:05.999Z')
  const of = (...secrets: string[]) => signatureHeaders({ ...signed, timestamp, secrets })
  expect(of('current')).toEqual({
    'webhook-id': 'dlv_1',
    'webhook-timestamp': '1767323045',
    'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
  })
  expect(of('current', 'former')['webhook-signature']).toBe(
    `${of('current')['webhook-signature']} ${of('former')['webhook-signature']}`,
  )
})

import { describe, expect, it } from 'vitest'
import { UserErrors, validate } from '../contract/user-error.ts'
import { headersRules, quotable, unmasked } from './static-headers.ts'

function broken(act: () => unknown): (string | undefined)[] {
  try {
    act()
    return []
  } catch (error) {
    if (!(error instanceof UserErrors)) throw error
    return error.errors.map(({ message }) => message)
  }
}

const wrong = (...headers: object[]) => broken(() => validate(headersRules, headers))
const named = (name: string) => wrong({ name, value: 'secret' })
const valued = (value: string) => wrong({ name: 'X-Api-Key', value })

describe('a header of webhooks', () => {
  it('has any name that HTTP knows and the gateway does not need', () => {
    for (const name of ['Authorization', 'x-api-key', 'COOKIE', '__proto__', "!#$%&'*+-.^_`|~", '7', 'x'.repeat(100)]) {
      expect(named(name), name).toEqual([])
    }
  })

  const refused = {
    'the gateway sets it': ['Host', 'user-agent', 'Accept-Encoding'],
    'it describes the body, which the gateway writes': ['Content-Type', 'content-length', 'content-x'],
    'it belongs to the signature of the gateway': ['webhook-id', 'Webhook-Signature', 'webhook-anything'],
    'it is about the connection, which belongs to the gateway': [
      ...['connection', 'Keep-Alive', 'TE', 'trailer', 'trailers', 'transfer-encoding', 'Upgrade', 'http2-settings'],
      ...['proxy-authorization', 'proxy-connection'],
    ],
    'the gateway sends the body at once': ['Expect'],
  }
  for (const [why, names] of Object.entries(refused)) {
    it(`is refused by name: ${names.join(', ')}`, () => {
      for (const name of names) expect(named(name)).toEqual([`\`0.name\` must not be ${name.toLowerCase()}: ${why}.`])
    })
  }

  it('has no name with other characters, and the error does not quote it', () => {
    for (const name of ['X-Api-Key: secret', 'a b', 'a\r\nb', 'é', 'a(', '\t']) {
      const message = "`0.name` must be the name of a header, such as X-Api-Key: letters, digits and !#$%&'*+-.^_`|~."
      expect(named(name), name).toEqual([message])
    }
    expect(named('')).toHaveLength(2)
    expect(named('x'.repeat(101))).toEqual(['`0.name` must be 1 to 100 characters long; it has 101.'])
  })

  it('has a value of ASCII that can not end the line, and the error does not quote it', () => {
    for (const value of ['Bearer a.b-c', 'x', '!', '~', 'a\tb', 'a  b', 'x'.repeat(1_024)])
      expect(valued(value)).toEqual([])
    for (const value of ['', ' a', 'a ', 'a\r\nx: y', 'a\nb', '\0', 'a\x7f', 'é', '……', 'x'.repeat(1_025)]) {
      expect(valued(value), value).toEqual([
        '`0.value` must be 1 to 1024 characters of ASCII, without control characters, and without white space at either end.',
      ])
    }
  })

  it('is one of at most ten, each with a name of its own', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `x-${index}`, value: 'a' }))
    expect(wrong(...many(10))).toEqual([])
    expect(wrong(...many(11))).toEqual(['`` must have at most 10 items; it has 11.'])
    expect(wrong({ name: 'x-a', value: 'a' }, { name: 'X-A', value: 'b' })).toEqual(['`1` is in the list twice: x-a.'])
  })
})

it('the mask stands for the stored value of the same name, and only for that', () => {
  const stored = [{ name: 'X-A', value: 'secret' }]
  expect(unmasked([{ name: 'x-a', value: '…' }], stored)).toEqual([{ name: 'x-a', value: 'secret' }])
  expect(unmasked([{ name: 'x-a', value: 'new' }], stored)).toEqual([{ name: 'x-a', value: 'new' }])
  expect(broken(() => unmasked([{ name: 'x-b', value: '…' }], stored))).toEqual([
    '`webhooks.headers.0.value` is "…", which keeps a stored value, but there is none of this name.',
  ])
})

describe('a response may quote of a header, beside its whole value,', () => {
  const basic = (credentials: string) => Buffer.from(credentials).toString('base64')
  const table: [what: string, value: string, also: string[]][] = [
    ['nothing of a plain value', 'secret', []],
    ['the credentials after a scheme', 'Bearer secret', ['secret']],
    [
      'what Basic encodes, and the password',
      `Basic ${basic('me:secret')}`,
      [basic('me:secret'), 'me:secret', 'secret'],
    ],
    ['a password with a colon', `basic ${basic('me:a:b')}`, [basic('me:a:b'), 'me:a:b', 'a:b']],
    ['credentials of Basic without a password', `Basic ${basic('secret')}`, [basic('secret'), 'secret']],
    ['the value of a cookie', 'session=secret', ['secret']],
    ['each cookie', 'session=secret; b=other==; c=abc', ['b=other==; c=abc', 'other==', 'secret']],
    [
      'a parameter in quotes',
      'Token token="secret", id="my secret"',
      ['token="secret", id="my secret"', 'my secret', 'secret'],
    ],
    ['a parameter after a semicolon without space', 'k;v=secret;w=d', ['secret']],
    ['what follows a quote that does not end', 'a="secret b', ['b', 'secret']],
    ['no short parameters', 'a=abc;b=;=', []],
  ]
  for (const [what, value, also] of table) {
    it(what, () => expect(quotable({ name: 'x', value })).toEqual([value, ...also]))
  }

  it('at most eight parameters, the longest ones', () => {
    const value = Array.from({ length: 100 }, (_, index) => `a=${'x'.repeat(index + 4)}`).join(';')
    const lengths = quotable({ name: 'x', value }).map(({ length }) => length)
    expect(lengths).toEqual([value.length, 103, 102, 101, 100, 99, 98, 97, 96])
  })
})

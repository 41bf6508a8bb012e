import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLog } from '../src/process/log.ts'
import { forPeople } from '../src/process/terminal.ts'
import { create } from './support/bot-agents.ts'
import { request } from './support/client.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { tableRows } from './support/table-rows.ts'

const project = join(import.meta.dirname, '..')
const page = await readFile(join(project, 'docs/operations.md'), 'utf8')
const [, section = ''] = page.split('\n## The log\n')
const documented = tableRows(section.split('\n## ')[0] ?? '').map(([line = '', fields = '']) => ({ line, fields }))
const words = (cell: string) => [...cell.matchAll(/`(\w+)`/g)].map(([, word = '']) => word)

let gateway: TestGateway
let token: string
beforeAll(async () => {
  gateway = await startGateway()
  token = await gateway.token()
})
afterAll(() => gateway.stop())

/** The line of a request, as soon as it is there. */
async function lineOf({ headers }: { headers: Headers }): Promise<Record<string, unknown>> {
  const id = headers.get('x-request-id')
  for (;;) {
    const line = gateway.logged.find(({ msg, requestId }) => msg === 'request' && requestId === id)
    if (line) return line
    await new Promise(setImmediate)
  }
}

describe('the log line of a request', () => {
  it('has the operation: its name, or the first field of one without a name', async () => {
    for (const [document, operation] of [
      ['query Mine { botAgents { totalCount } }', 'Mine'],
      ['{ me: viewer { clientId } }', 'viewer'],
      [`query ${'x'.repeat(500)} { viewer { clientId } }`, `${'x'.repeat(64)}…`],
      ['query Wrong { nonsense }', 'Wrong'],
    ] as const) {
      for (let times = 0; times < 2; times++) {
        expect(await lineOf(await request(gateway.url, token, document))).toMatchObject({
          operation,
          client: 'my-bots',
        })
      }
    }
    const method = await fetch(new URL('/agents/get_bot_agents', gateway.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
    expect(await lineOf(method)).not.toHaveProperty('operation')
  })

  it('has the reason for a refusal', async () => {
    const post = (body: string) => fetch(gateway.url, { method: 'POST', headers: { 'content-type': 'text/x' }, body })
    const refused: [answer: { headers: Headers }, line: object][] = [
      [
        await request(gateway.url, 'x', '{ viewer { clientId } }'),
        { code: 'UNAUTHENTICATED', message: 'The access token is malformed: it is not a signed JWT.' },
      ],
      [
        await request(gateway.url, token, '{ nonsense }'),
        { code: 'GRAPHQL_VALIDATION_FAILED', message: 'Cannot query field "nonsense" on type "Query".' },
      ],
      [await post('{}'), { code: 'BAD_USER_INPUT', message: 'The `Content-Type` must be application/json…' }],
      [
        await fetch(new URL('/nowhere', gateway.url)),
        { code: 'BAD_USER_INPUT', message: 'There is nothing at /nowhere. GraphQL is at /graphql.' },
      ],
      [
        await fetch(new URL('/agents/list', gateway.url)),
        { code: 'not_found', message: expect.stringContaining('There is no method at') },
      ],
      [await fetch(new URL('/oauth/token', gateway.url)), { code: 'invalid_request', message: 'Use POST here.' }],
    ]
    for (const [answer, line] of refused) expect(await lineOf(answer)).toMatchObject(line)
  })

  it.each([
    'mutation { createBotAgent(input: { name: "x", status: OFFLINE, webhooks: SECRET }) { cursor } }',
    'mutation { createBotAgent(input: { name: "x", status: SECRET }) { cursor } }',
    '{ botAgents(first: SECRET) { totalCount } }',
    '{ botAgent(id: "x" SECRET { name } }',
    '{ botAgents(after: SECRET) { totalCount } }',
    'subscription { botAgentStatusChanged(after: SECRET) { cursor } }',
  ])('has no value that the caller sent: %s', async (document) => {
    const value = 'JSauw0Aks8l-asAa'
    const headers = { accept: 'text/event-stream, application/graphql-response+json' }
    const send = (query: string, variables?: object) =>
      fetch(gateway.url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables }),
      })
    const answers = [
      await send(document.replace('SECRET', `"${value}"`)),
      await send(document.replace('SECRET', value.replace('-', '_'))),
      await send(document.replace('SECRET', `{ secretKey: "${value}" }`)),
      await send('mutation ($input: CreateBotAgentInput!) { createBotAgent(input: $input) { cursor } }', {
        input: { name: 'x', webhooks: { url: 'https://bots.example/', secretKey: value, actions: value } },
      }),
    ]
    for (const answer of answers) {
      expect(await answer.text()).toContain('errors')
      const line = await lineOf(answer)
      expect(line).toMatchObject({ code: expect.any(String), message: expect.any(String) })
      expect(JSON.stringify(line)).not.toMatch(/JSauw0Aks8l.asAa/)
    }
  })

  it.each([
    ['grant_type', { grant_type: 'SECRET', client_id: 'my-bots', license: '1' }],
    ['license', { grant_type: 'client_credentials', client_id: 'my-bots', license: 'SECRET' }],
    ['client id', { grant_type: 'client_credentials', client_id: 'SECRET\0', license: '1' }],
  ])('has no secret that was put in the wrong place of a form: %s', async (name, form) => {
    const answer = await fetch(new URL('/oauth/token', gateway.url), {
      method: 'POST',
      body: new URLSearchParams(form),
    })
    expect(await answer.text()).toContain('SECRET')
    const { message } = await lineOf(answer)
    expect(message).toContain(name)
    expect(message).not.toContain('SECRET')
  })

  it.each([
    ['Content-Type', { 'content-type': 'text/SECRET' }],
    ['character set', { 'content-type': 'application/json; charset=SECRET' }],
    ['Content-Encoding', { 'content-encoding': 'SECRET' }],
  ])('has no value of a header: %s', async (name, headers) => {
    const answer = await fetch(gateway.url, { method: 'POST', headers, body: '{}' })
    expect(await answer.text()).toMatch(/secret/i)
    const { message } = await lineOf(answer)
    expect(message).toContain(name)
    expect(message).not.toMatch(/secret/i)
  })

  it('has the origin that was refused, so that it can be allowed', async () => {
    const answer = await fetch(gateway.url, { headers: { origin: 'https://app.example' } })
    expect((await lineOf(answer)).message).toContain('https://app.example')
  })
})

describe('the page about the log', () => {
  it('has the fields that the lines of requests have', async () => {
    await request(gateway.url, token, 'query Wrong { nonsense }')
    await create(gateway, token)
    const lines = gateway.logged.filter(({ msg }) => msg === 'request')
    const logged = new Set(
      lines.flatMap((line) => Object.keys(line)).filter((key) => !['level', 'time', 'gateway', 'msg'].includes(key)),
    )
    const fields = words(documented.find(({ line }) => line === '`request`')?.fields ?? '')
    expect(new Set(fields)).toEqual(logged)
  })

  it('has every line from the level info on, with its fields', async () => {
    const files = (await readdir(join(project, 'src'), { recursive: true })).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
    )
    const sources = await Promise.all(files.map((name) => readFile(join(project, 'src', name), 'utf8')))
    const calls = sources.flatMap((source) => [
      ...source.matchAll(
        /log\.(?:info|warn|error|fatal)\(\s*(?:\{((?:(?!log\.).)*?)\},\s*|\w+,\s*)?(['`])([^'`]+)\2,?\s*\)/gs,
      ),
    ])
    expect(calls.length).toBeGreaterThan(40)
    for (const [, given = '', , message = ''] of calls) {
      // A sentence about the provider, which the page describes.
      if (message.startsWith('The OpenID provider')) continue
      const row = documented.find(({ line }) => line === `\`${message.replace(/\$\{.*?\}/, '…')}\``)
      expect([message, row]).toEqual([message, expect.anything()])
      const names = given.split(/,(?![^{(]*[})])/).map((field) => /^\s*(\w+)/.exec(field)?.[1])
      for (const name of names)
        if (name) expect([message, words(row?.fields ?? '')]).toEqual([message, expect.arrayContaining([name])])
    }
  })
})

describe('the log in a terminal', () => {
  /** What a person sees of the lines, without colors. */
  function shown(...lines: object[]): string[] {
    const seen: string[] = []
    const log = createLog('info', forPeople({ write: (text) => seen.push(String(text).trimEnd()) > 0 }))
    for (const { msg, ...facts } of lines as { msg: string }[]) log.info(facts, msg)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colors
    return seen.map((line) => line.replace(/\u001b\[[\d;]*m/g, '').replace(/\d\d:\d\d:\d\d\.\d{3}/, 'TIME'))
  }
  const line = { msg: 'request', requestId: 'r', method: 'POST', path: '/graphql', address: '127.0.0.1', license: 1 }
  const caller = { client: 'my-bots', operation: 'CreateBotAgent' }

  it('has one line for a request', () => {
    expect(shown({ ...line, ...caller, status: 200, ms: 23, whole: true })).toEqual([
      '[TIME] POST /graphql CreateBotAgent my-bots 200 23 ms',
    ])
  })

  it('says why a request was refused, and that a client has left', () => {
    expect(
      shown(
        { ...line, status: 403, ms: 1.5, whole: true, code: 'FORBIDDEN', message: 'Pages may not.' },
        { ...line, ...caller, status: 200, ms: 9, whole: false },
      ),
    ).toEqual([
      '[TIME] POST /graphql 403 1.5 ms, FORBIDDEN: Pages may not.',
      '[TIME] POST /graphql CreateBotAgent my-bots 200 9 ms, the client left',
    ])
  })

  it('leaves out the id of the gateway', () => {
    expect(shown({ msg: 'stopping', gateway: '0000abcd' })).toEqual(['[TIME] INFO: stopping'])
  })

  it('has no control characters of callers', () => {
    const [text] = shown({ ...line, path: '/\u009b2J\u001b[2J\n', status: 404, ms: 1, whole: true })
    expect(text).toBe('[TIME] POST /?2J?[2J? 404 1 ms')
  })

  it('has none in other lines either: not in a fact, a message, or the stack of an error', () => {
    const attack = '\u009b2J\u001b[2J\u202e\u007f'
    const lines = shown(
      { msg: 'WebSocket refused', message: `Pages of the origin ${attack} may not call this gateway.` },
      { msg: attack, facts: [{ nested: attack }] },
      { msg: 'a request failed', err: new Error(attack) },
    )
    expect(lines.join('\n').replaceAll('\n', '')).not.toMatch(/\p{C}/u)
    expect(lines[0]).toContain('Pages of the origin ?2J?[2J?? may not')
    expect(lines[2]).toMatch(/\n +at /)
  })

  it('shows of a long list how many items it has, and the last one', () => {
    const [line] = shown({ msg: 'migrated the database', migrations: ['a', 'b', 'c', 'd'] })
    expect(line).toMatch(/migrations.*: "4, the last one d"/)
  })

  it('shows all else with its facts', () => {
    expect(shown({ msg: 'migrated the database', migrations: ['a'] }).join('\n')).toMatch(
      /INFO: migrated the database\n.*migrations/,
    )
  })
})

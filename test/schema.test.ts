import { readFile, stat } from 'node:fs/promises'
import { buildSchema as parseSchema } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Permission } from '../src/identity/reach.ts'
import { buildSchema } from '../src/schema.ts'
import { run } from './support/client.ts'
import { gatewayForTest, startGateway, type TestGateway } from './support/gateway.ts'

const project = new URL('../', import.meta.url)
const schema = buildSchema()
const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
const rootFields = roots.flatMap((root) =>
  Object.values(root?.getFields() ?? {}).map((field) => ({ name: `${root}.${field.name}`, field })),
)

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

describe('the description of a root field', () => {
  it.each(rootFields)('names exactly the scopes of its `@auth`: $name', ({ field }) => {
    const { auth } = field.extensions.directives as { auth: Permission }
    const named = [...(field.description ?? '').matchAll(/`([\w-]+--\w+:\w+)`/g)].map(([, scope]) => scope)
    expect(named).toEqual([auth.scope, auth.others].filter(Boolean))
  })

  it('says when each scope is required', () => {
    const lastParagraphs = Object.fromEntries(
      rootFields.map(({ name, field }) => [name, field.description?.split('\n\n').at(-1)]),
    )
    expect(lastParagraphs).toMatchObject({
      'Query.viewer': 'Requires an access token.',
      'Mutation.updateBotAgent': 'Requires the scope `agents-bot--my:rw`.',
      'Query.botAgents': 'Requires the scope `agents-bot--my:ro`; with `all: true`, `agents-bot--all:ro`.',
      'Mutation.removeBotAgent':
        'Requires the scope `agents-bot--my:rw`; for what other applications own, `agents-bot--all:rw`.',
    })
  })

  it('is there for every client that introspects', async () => {
    const { __type } = await run<{ __type: { fields: { name: string; description: string }[] } }>(
      gateway,
      await gateway.token(),
      '{ __type(name: "Subscription") { fields { name description } } }',
    )
    const described = Object.values(schema.getSubscriptionType()?.getFields() ?? {})
    expect(__type.fields).toEqual(described.map(({ name, description }) => ({ name, description })))
  })
})

describe('the description of the schema', () => {
  it('is shown by introspection, and says how to send a token', async () => {
    const { __schema } = await run<{ __schema: { description: string } }>(
      gateway,
      await gateway.token(),
      '{ __schema { description } }',
    )
    expect(__schema.description).toBe(schema.description)
    expect(__schema.description).toContain('`Authorization: Bearer <token>`')
  })

  it('links only to what the gateway serves', async () => {
    const paths = [...(schema.description ?? '').matchAll(/\]\((.*?)\)/g)].map(([, path = '']) => path)
    expect(paths).toContain('/schema.graphql')
    for (const path of paths) {
      const { status } = await fetch(new URL(path, gateway.url))
      expect([path, status]).toEqual([path, 200])
    }
  })

  it('names only guides that exist', async () => {
    const guides = [...(schema.description ?? '').matchAll(/`(docs\/.*?)`/g)].map(([, guide = '']) => guide)
    expect(guides).toContain('docs/protocol.md')
    for (const guide of guides) await expect(stat(new URL(guide, project))).resolves.toBeDefined()
  })
})

describe('/schema.graphql', () => {
  const load = (at: TestGateway, init?: RequestInit) => fetch(new URL('/schema.graphql', at.url), init)

  it('is the file of that name, as plain text', async () => {
    const response = await load(gateway)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8'])
    const text = await response.text()
    expect(text).toBe(await readFile(new URL('schema.graphql', project), 'utf8'))
    expect(parseSchema(text).description).toBe(schema.description)
  })

  it('has the same head for HEAD, and refuses other requests', async () => {
    const got = await load(gateway)
    const head = await load(gateway, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    for (const name of ['content-type', 'content-length', 'etag', 'cache-control']) {
      expect([name, head.headers.get(name)]).toEqual([name, got.headers.get(name)])
    }
    const posted = await load(gateway, { method: 'POST' })
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it('is not sent again to a client that has it', async () => {
    const etag = (await load(gateway)).headers.get('etag') ?? ''
    for (const known of [etag, etag.replace('W/', ''), `"another", ${etag}`, '*']) {
      const response = await load(gateway, { headers: { 'if-none-match': known } })
      expect([known, response.status, response.headers.get('etag')]).toEqual([known, 304, etag])
      expect(await response.text()).toBe('')
    }
    expect((await load(gateway, { headers: { 'if-none-match': '"another"' } })).status).toBe(200)
  })

  it('is not found where introspection is off, and the answer says why', async () => {
    const hidden = await gatewayForTest({ env: { INTROSPECTION: 'off' } })
    const headers = { authorization: `Bearer ${await hidden.token()}` }
    const response = await load(hidden, { headers })
    expect([response.status, await response.json()]).toEqual([
      404,
      { error: 'This gateway does not show its schema: the setting INTROSPECTION is off.' },
    ])
  })
})

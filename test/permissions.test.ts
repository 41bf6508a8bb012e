import { type GraphQLField, type GraphQLInterfaceType, GraphQLSchema, getNamedType, isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { builder } from '../src/graphql/builder.ts'
import { type Scope, scopes } from '../src/identity/scope.ts'
import { buildSchema, demandPermissions } from '../src/schema.ts'
import { type Result, request, webSocketClient } from './support/client.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { idNameOf, operationOf } from './support/operation.ts'
import { watch } from './support/watcher.ts'

const schema = buildSchema()

/** Whose bot agents there are, as the caller sees them. Each case has licenses of its own. */
type Owner = 'own' | 'other' | 'foreign'
const everyOwner: readonly Owner[] = ['foreign', 'other', 'own']

const ownersOf = (licenseId: number): Record<Owner, { clientId: string; licenseId: number }> => ({
  own: { clientId: 'caller', licenseId },
  other: { clientId: 'neighbour', licenseId },
  foreign: { clientId: 'caller', licenseId: licenseId + 1 },
})

type Field = GraphQLField<unknown, unknown>

const columns: (Scope | undefined)[] = [undefined, ...scopes]

describe('permissions', () => {
  let gateway: TestGateway
  beforeAll(async () => {
    gateway = await startGateway()
  })
  afterAll(() => gateway.stop())

  let lastLicense = 0
  const newCase = async (scope: Scope | undefined) => {
    lastLicense += 2
    const owners = ownersOf(lastLicense)
    const token = await gateway.token({ ...owners.own, scopes: scope ? [scope] : [] })
    return { owners, token }
  }

  /** A bot agent with a property, a chat event that it is told of, and the delivery: the ids of each Node type. */
  const create = async (owner: { clientId: string; licenseId: number }): Promise<Ids> => {
    const token = await gateway.token(owner)
    const run = async (document: string) =>
      (await request(gateway.url, token, document)).data as Record<string, unknown>
    const webhooks = '{ url: "http://127.0.0.1:9", secretKey: "s", actions: [{ name: THREAD_CLOSED }] }'
    const input = `{ name: "x", status: ACCEPTING_CHATS, webhooks: ${webhooks} }`
    const { createBotAgent } = await run(`mutation { createBotAgent(input: ${input}) { botAgent { id } } }`)
    const { botAgent } = createBotAgent as { botAgent: { id: string } }
    const target = `{ location: BOT_AGENT, id: "${botAgent.id}" }`
    const { publishChatEvent } = await run(
      `mutation {
        publishChatEvent(input: { action: THREAD_CLOSED, data: { chat_id: "c", thread_id: "t" } }) { chatEvent { id } }
        setProperties(input: { target: ${target}, properties: { test: { string_property: "${botAgent.id}" } } }) { userErrors { code } }
      }`,
    )
    const { webhookDeliveries } = await run(`{ webhookDeliveries(botAgentIds: ["${botAgent.id}"]) { nodes { id } } }`)
    const { nodes } = webhookDeliveries as { nodes: { id: string }[] }
    const { chatEvent } = publishChatEvent as { chatEvent: { id: string } }
    return { BotAgent: botAgent.id, WebhookDelivery: nodes[0]?.id ?? '', ChatEvent: chatEvent.id }
  }

  /** What the caller gets to know, in a word. */
  const verdict = (
    { data, errors }: Result,
    { name }: Field,
    ids: Partial<Record<Owner, Ids>>,
    of: Typename,
  ): string => {
    const code = errors?.[0]?.extensions?.code
    if (code) return String(code)
    const text = JSON.stringify(data)
    const seen = everyOwner.filter((owner) => text.includes(ids[owner]?.[of] ?? 'nothing of it'))
    const answer = data?.[name] as { userErrors?: { code: string }[] } | null
    if (answer?.userErrors?.[0]) return answer.userErrors[0].code
    return answer === null ? 'null' : seen.reverse().join(', ') || 'yes'
  }

  const call = async (kind: 'query' | 'mutation', field: Field, scope: Scope | undefined, about: About) => {
    const { owners, token } = await newCase(scope)
    const ids: Partial<Record<Owner, Ids>> = {}
    for (const owner of everyOwner) ids[owner] = await create(owners[owner])
    const id = about.target && ids[about.target]?.[about.typename]
    const { document, variables } = operationOf(kind, field, { id, ...(about.all !== undefined && { all: about.all }) })
    return verdict(await request(gateway.url, token, document, variables), field, ids, about.typename)
  }

  const follow = async (field: Field, scope: Scope | undefined, about: About) => {
    const { owners, token } = await newCase(scope)
    const client = webSocketClient(gateway.url, token)
    const { document, variables } = operationOf('subscription', field, { all: about.all })
    const watcher = await watch(client, document, variables)
    const ids: Partial<Record<Owner, Ids>> = {}
    // Changes come in order: with the last one, the caller's own, all that were to come are there.
    for (const owner of everyOwner) ids[owner] = await create(owners[owner])
    const seen = new Set<string>()
    try {
      while (!seen.has('own'))
        for (const event of await watcher.take(1)) seen.add(verdict({ data: event }, field, ids, about.typename))
      return [...seen].reverse().join(', ')
    } catch (error) {
      return verdict({ errors: (error as Error).cause as NonNullable<Result['errors']> }, field, ids, about.typename)
    } finally {
      await client.dispose()
    }
  }

  it('are these, and no others', { timeout: 480_000 }, async () => {
    const rows: string[][] = []
    for (const kind of ['query', 'mutation', 'subscription'] as const) {
      const root = {
        query: schema.getQueryType(),
        mutation: schema.getMutationType(),
        subscription: schema.getSubscriptionType(),
      }[kind]
      for (const field of Object.values(root?.getFields() ?? {})) {
        for (const about of subjects(field)) {
          const cells = await Promise.all(
            columns.map((scope) =>
              kind === 'subscription' ? follow(field, scope, about) : call(kind, field, scope, about),
            ),
          )
          rows.push([
            `${kind} ${field.name}`,
            about.all === undefined ? '' : String(about.all),
            about.target ? `${about.target} ${about.typename}` : '',
            ...cells,
          ])
        }
      }
    }
    const heading = ['operation', '`all`', 'whose', ...columns.map((scope) => scope ?? 'no scope')]
    const table = [heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
    await expect(`${preface}\n${table}\n`).toMatchFileSnapshot('permissions.md')
  })

  it('hold without a token too: nothing but the schema itself is open', async () => {
    for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
      const { document, variables } = operationOf('query', field, { id: '5c9871d5372c824cbf22d860a707a578' })
      const { errors } = await request(gateway.url, undefined, document, variables)
      expect([field.name, errors?.[0]?.extensions?.code]).toEqual([field.name, 'UNAUTHENTICATED'])
    }
  })
})

describe('building the schema', () => {
  it('fails when a root field declares no permission', () => {
    builder.queryField('careless', (t) => t.string({ resolve: () => 'all yours' }))
    expect(() => buildSchema()).toThrow('No permission is declared on Query.careless')
  })

  it('fails when a Node type declares none', () => {
    const config = schema.toConfig()
    const types = config.types.map((type) => {
      if (type.name === 'BotAgent') type.extensions = {}
      return type
    })
    expect(() => demandPermissions(new GraphQLSchema({ ...config, types }))).toThrow('BotAgent')
  })
})

interface About {
  all?: boolean | undefined
  target?: Owner
  typename: Typename
}

type Typename = 'BotAgent' | 'WebhookDelivery' | 'ChatEvent'
type Ids = Record<Typename, string>

/** Every Node type of the schema. A new one needs an id in `create`. */
const typenames = schema
  .getPossibleTypes(schema.getType('Node') as GraphQLInterfaceType)
  .map(({ name }) => name as Typename)

function subjects(field: Field): About[] {
  const alls = field.args.some(({ name }) => name === 'all') ? [false, true] : [undefined]
  const idName = idNameOf(field)
  const typename = (idName !== 'botAgentId' && answered(field)) || 'BotAgent'
  if (!idName) return alls.map((all) => ({ all, typename: 'BotAgent' }))
  const asked = field.name === 'node' ? typenames : [typename]
  return alls.flatMap((all) => asked.flatMap((typename) => everyOwner.map((target) => ({ all, target, typename }))))
}

/** The Node type that a root field answers, by itself or in a payload or list. */
function answered(field: Field): Typename | undefined {
  const named = getNamedType(field.type)
  const inside = isObjectType(named) ? Object.values(named.getFields()).map(({ type }) => getNamedType(type).name) : []
  return [named.name, ...inside].find((name) => typenames.some((typename) => typename === name)) as Typename | undefined
}

const preface = `# What each scope opens

Written by \`test/permissions.test.ts\` out of the built schema: every root field is called with each scope alone, about what
belongs to the caller's own application, to another one of the license, and to another license (to an application with the same
name): a bot agent, a chat event that it is told of, the delivery. A cell says what came of it: an error code, \`null\`, whose of
these were in the answer, or \`yes\` where the answer holds none.
`

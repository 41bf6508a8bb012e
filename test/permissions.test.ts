import { type GraphQLField, getNamedType, isInterfaceType, isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Scope } from '../src/identity/scope.ts'
import { buildSchema, demandPermissions } from '../src/schema.ts'
import { create } from './support/bot-agents.ts'
import { listening, publish } from './support/chat-events.ts'
import { request, run } from './support/client.ts'
import { sql } from './support/database.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { idNameOf, operationOf } from './support/operation.ts'
import {
  type Application,
  columns,
  found,
  newApplications,
  type Owner,
  owners,
  permissionTable,
} from './support/permission-table.ts'
import { propertiesOf } from './support/properties.ts'
import { subscribe } from './support/subscription.ts'

const schema = buildSchema()
const kinds = {
  query: schema.getQueryType(),
  mutation: schema.getMutationType(),
  subscription: schema.getSubscriptionType(),
}

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

describe('the permissions', () => {
  it('are exactly those in permissions.md', { timeout: 480_000 }, async () => {
    const rows: string[][] = []
    for (const [kind, root] of Object.entries(kinds)) {
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
    await expect(`${preface}\n${permissionTable('operation', rows)}`).toMatchFileSnapshot('permissions.md')
  })

  it('are also required of callers without a token, who can read only the schema', async () => {
    for (const field of Object.values(kinds.query?.getFields() ?? {})) {
      const { document, variables } = operationOf('query', field, { id: '5c9871d5372c824cbf22d860a707a578' })
      const { errors } = await request(gateway.url, undefined, document, variables)
      expect([field.name, errors?.[0]?.extensions?.code]).toEqual([field.name, 'UNAUTHENTICATED'])
    }
  })
})

describe('building the schema', () => {
  it('fails if a root field declares no permission', () => {
    const open = buildSchema()
    const fields = open.getQueryType()?.getFields() ?? {}
    fields.careless = { ...(fields.viewer as Field), name: 'careless', extensions: {} }
    expect(() => demandPermissions(open)).toThrow('No permission is declared on Query.careless')
  })

  it('fails if a Node type declares no permission', () => {
    const open = buildSchema()
    const botAgent = open.getType('BotAgent')
    if (botAgent) botAgent.extensions = {}
    expect(() => demandPermissions(open)).toThrow('No permission is declared on BotAgent')
  })
})

type Field = GraphQLField<unknown, unknown>

/** What an operation acts on. */
interface About {
  all?: boolean | undefined
  target?: Owner
  typename: string
}

function subjects(field: Field): About[] {
  const alls = field.args.some(({ name }) => name === 'all') ? [false, true] : [undefined]
  const idName = idNameOf(field)
  if (!idName) return alls.map((all) => ({ all, typename: 'BotAgent' }))
  const typename = (idName !== 'botAgentId' && nodeTypeIn(field)) || 'BotAgent'
  const asked = field.name === 'node' ? nodeTypes() : [typename]
  return alls.flatMap((all) => asked.flatMap((typename) => owners.map((target) => ({ all, target, typename }))))
}

function nodeTypes(): string[] {
  const node = schema.getType('Node')
  return isInterfaceType(node) ? schema.getPossibleTypes(node).map(({ name }) => name) : []
}

/** The Node type that a root field returns, directly or in a payload or list. */
function nodeTypeIn(field: Field): string | undefined {
  const named = getNamedType(field.type)
  const inside = isObjectType(named) ? Object.values(named.getFields()).map(({ type }) => getNamedType(type).name) : []
  return [named.name, ...inside].find((name) => nodeTypes().includes(name))
}

/** Creates a bot agent with a property, a chat event that it gets, the delivery, and what the audit trail says of it. @returns their ids by the name of the type */
async function createOneOfEach(application: Application): Promise<OneOfEach> {
  const token = await gateway.token(application)
  const botAgent = await create(gateway, token, listening('http://127.0.0.1:9'))
  await propertiesOf(gateway, token).set(
    { location: 'BOT_AGENT', id: botAgent },
    { test: { string_property: botAgent } },
  )
  const chatEvent = await publish(gateway, token)
  const { webhookDeliveries, auditTrail } = await run<Record<string, { nodes: { id: string }[] }>>(
    gateway,
    token,
    'query ($ids: [ID!]) { webhookDeliveries(botAgentIds: $ids) { nodes { id } } auditTrail(botAgentIds: $ids) { nodes { id } } }',
    { ids: [botAgent] },
  )
  return {
    BotAgent: botAgent,
    ChatEvent: chatEvent.id,
    WebhookDelivery: webhookDeliveries?.nodes[0]?.id,
    AuditEntry: auditTrail?.nodes[0]?.id,
  }
}

/** The ids of what an application has, by the name of the type. */
type OneOfEach = Readonly<Record<string, string | undefined>>

/** What there is for a call: the applications, and what each of them has. */
interface World {
  applications: Record<Owner, Application>
  has: Record<Owner, OneOfEach>
}

async function createForAll(applications: Record<Owner, Application>): Promise<World> {
  // One after another, that of the caller last.
  const [foreign, other, own] = [
    await createOneOfEach(applications.foreign),
    await createOneOfEach(applications.other),
    await createOneOfEach(applications.own),
  ]
  return { applications, has: { foreign, other, own } }
}

function idOf(of: OneOfEach, typename: string): string {
  const id = of[typename]
  if (!id) throw new Error(`createOneOfEach has to create a ${typename}`)
  return id
}

const forEachOwner = <Value>(value: (owner: Owner) => Value) =>
  Object.fromEntries(owners.map((owner) => [owner, value(owner)])) as Record<Owner, Value>

/** What tells whose an answer is: the id of the type that it is about, or any id, if it holds no such object. */
const idsIn = ({ has }: World, typename: string | undefined) =>
  forEachOwner((owner) =>
    typename ? [idOf(has[owner], typename)] : Object.values(has[owner]).filter((id) => id !== undefined),
  )

/** Queries change nothing, and so they share one. */
let worldOfQueries: Promise<World> | undefined
/** Those that no mutation has changed yet. */
const untouched: World[] = []
const worldFor = async (kind: string) => {
  if (kind !== 'query') return untouched.pop() ?? createForAll(newApplications())
  worldOfQueries ??= createForAll(newApplications())
  return worldOfQueries
}

/** Pauses webhooks and enables them again, in the order in which the bot agents were created. */
async function enableForAll({ applications, has }: World): Promise<void> {
  for (const owner of owners) {
    const id = idOf(has[owner], 'BotAgent')
    await sql(gateway.databaseUrl, `update bot_agent set webhooks_state = 'PAUSED' where id = $1`, [id])
    const document = 'mutation ($id: ID!) { enableWebhooks(input: { botAgentId: $id }) { userErrors { message } } }'
    await run(gateway, await gateway.token(applications[owner]), document, { id })
  }
}

const tokenOf = ({ own }: Record<Owner, Application>, scope: Scope | undefined) =>
  gateway.token({ ...own, scopes: scope ? [scope] : [] })

interface Payload {
  userErrors?: { code: string }[]
  /** Of a batch. */
  results?: Payload[]
}

async function call(kind: string, field: Field, scope: Scope | undefined, { all, target, typename }: About) {
  const world = await worldFor(kind)
  const { document, variables } = operationOf(kind, field, {
    ...(target && { id: idOf(world.has[target], typename), ids: world.has[target] }),
    ...(all !== undefined && { all }),
  })
  const { data, errors } = await request<Record<string, Payload | null>>(
    gateway.url,
    await tokenOf(world.applications, scope),
    document,
    variables,
  )
  if (errors) {
    if (kind === 'mutation') untouched.push(world)
    return String(errors[0]?.extensions?.code)
  }
  const answer = data?.[field.name]
  if (!answer) return 'null'
  return (
    [answer, ...(answer.results ?? [])].flatMap(({ userErrors = [] }) => userErrors)[0]?.code ??
    found(answer, idsIn(world, nodeTypeIn(field) && typename))
  )
}

async function follow(field: Field, scope: Scope | undefined, { all, typename }: About) {
  const applications = newApplications()
  const { document, variables } = operationOf('subscription', field, { all })
  const changes = await subscribe(gateway, await tokenOf(applications, scope), document, { variables })
  const world = await createForAll(applications)
  const ids = idsIn(world, typename)
  if (field.name === 'webhooksStateChanged') await enableForAll(world)
  try {
    // Events arrive in order: those of the others come before that of the caller.
    const events = await changes.takeThrough((event) => found(event, ids) === 'own')
    return [...new Set(events.map((event) => found(event, ids)))].reverse().join(', ')
  } catch {
    return String((await changes.ended).errorCode)
  } finally {
    await changes.stop()
  }
}

const preface = `# What each scope opens

Written by \`test/permissions.test.ts\` out of the built schema. It calls every root field with each scope and no other. \`whose\`
says what the operation is about: a bot agent, a chat event that it gets, the delivery, or an entry of the audit trail, which belongs to the caller's own
application, to an \`other\` application of its license, or to a \`foreign\` one: an application of the same name in another license.

A cell says what the caller gets:

| cell | meaning |
| --- | --- |
| \`FORBIDDEN\` | The scope does not allow the operation. |
| \`NOT_FOUND\` | The operation is allowed, and there is no such object for this caller. |
| \`null\` | The same of a query for one object, or of \`node\` where the scope does not allow to see it. |
| \`own\`, \`other\`, \`foreign\` | The operation is allowed, and the answer holds what belongs to these. |
| \`allowed\` | The operation is allowed, and the answer holds something that belongs to none of these. |
| \`empty\` | The operation is allowed, and the answer holds nothing. |

Properties of a bot agent also need a scope that shows the bot agent. That is why a scope for properties finds none of them here.
`

import { type GraphQLField, GraphQLSchema } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { builder } from '../src/graphql/builder.ts'
import { buildSchema, demandPermissions } from '../src/graphql/schema.ts'
import { type Scope, scopes } from '../src/identity/scope.ts'
import { type Result, request, webSocketClient } from './client.ts'
import { startGateway, type TestGateway } from './gateway.ts'
import { operationOf, takesId } from './operation.ts'
import { watch } from './watcher.ts'

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

  const create = async (owner: { clientId: string; licenseId: number }): Promise<string> => {
    const { data } = await request(
      gateway.url,
      await gateway.token({ ...owner, scopes: ['agents-bot--my:rw'] }),
      'mutation { createBotAgent(input: { name: "x", status: ACCEPTING_CHATS }) { botAgent { id } } }',
    )
    return (data as { createBotAgent: { botAgent: { id: string } } }).createBotAgent.botAgent.id
  }

  /** What the caller gets to know, in a word. */
  const verdict = ({ data, errors }: Result, name: string, ids: Record<string, Owner>): string => {
    const code = errors?.[0]?.extensions?.code
    if (code) return String(code)
    const text = JSON.stringify(data)
    const seen = everyOwner.filter((owner) => Object.keys(ids).some((id) => ids[id] === owner && text.includes(id)))
    const answer = data?.[name] as { userErrors?: { code: string }[] } | null
    if (answer?.userErrors?.[0]) return answer.userErrors[0].code
    return answer === null ? 'null' : seen.reverse().join(', ') || 'yes'
  }

  const call = async (
    kind: 'query' | 'mutation',
    field: Field,
    scope: Scope | undefined,
    { target, ...given }: About,
  ) => {
    const { owners, token } = await newCase(scope)
    const ids: Record<string, Owner> = {}
    for (const owner of everyOwner) ids[await create(owners[owner])] = owner
    const id = target && Object.keys(ids).find((key) => ids[key] === target)
    const { document, variables } = operationOf(kind, field, { id, ...given })
    return verdict(await request(gateway.url, token, document, variables), field.name, ids)
  }

  const follow = async (field: Field, scope: Scope | undefined, given: About) => {
    const { owners, token } = await newCase(scope)
    const client = webSocketClient(gateway.url, token)
    const { document, variables } = operationOf('subscription', field, given)
    const watcher = await watch(client, document, variables)
    const ids: Record<string, Owner> = {}
    // Changes come in order: with the last one, the caller's own, all that were to come are there.
    for (const owner of everyOwner) ids[await create(owners[owner])] = owner
    const seen: string[] = []
    try {
      while (!seen.includes('own')) {
        for (const event of await watcher.take(1)) seen.push(verdict({ data: event }, field.name, ids))
      }
      return seen.reverse().join(', ')
    } catch (error) {
      return verdict({ errors: (error as Error).cause as NonNullable<Result['errors']> }, field.name, ids)
    } finally {
      await client.dispose()
    }
  }

  it('are these, and no others', { timeout: 120_000 }, async () => {
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
            about.target ?? '',
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
      const { document, variables } = operationOf('query', field, { id: await create({ clientId: 'x', licenseId: 0 }) })
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
  all?: boolean
  target?: Owner
}

function subjects(field: Field): About[] {
  const alls: About[] = field.args.some(({ name }) => name === 'all') ? [{ all: false }, { all: true }] : [{}]
  if (!takesId(field)) return alls
  return alls.flatMap((all) => everyOwner.map((target) => ({ ...all, target })))
}

const preface = `# What each scope opens

Written by \`test/permissions.test.ts\` out of the built schema: every root field is called with each scope alone, about a bot
agent of the caller's own application, of another application of the license, and of another license (of an application with the
same name). A cell says what came of it: an error code, \`null\`, whose bot agents were in the answer, or \`yes\` where the answer
holds none.
`

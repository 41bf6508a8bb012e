import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Scope, scopes } from '../src/identity/scope.ts'
import { type MethodName, methods } from '../src/methods/methods.ts'
import { rootField } from '../src/methods/openapi.ts'
import { buildSchema } from '../src/schema.ts'
import { create } from './support/bot-agents.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { callMethod, type MethodAnswer } from './support/method.ts'
import { description } from './support/openapi.ts'

/** Whose bot agents there are, as the caller sees them. Each call has licenses of its own. */
const owners = ['foreign', 'other', 'own'] as const
type Owner = (typeof owners)[number]
const columns: (Scope | undefined)[] = [undefined, ...scopes]

const schema = buildSchema()
let gateway: TestGateway
let rows: string[][]
beforeAll(async () => {
  gateway = await startGateway()
  rows = await tried()
}, 120_000)
afterAll(() => gateway.stop())

it('what each scope opens by the methods is this, and nothing else', async () => {
  const heading = ['method', '`all`', 'whose', ...columns.map((scope) => scope ?? 'no scope')]
  const table = [heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
  await expect(`${preface}\n${table}\n`).toMatchFileSnapshot('method-permissions.md')
})

it('what each scope opens by the methods is what it opens by GraphQL', async () => {
  const lines = (await readFile(new URL('permissions.md', import.meta.url), 'utf8')).split('\n')
  const cellsOf = (line: string) => line.split('|').map((cell) => cell.trim())
  for (const [name = '', all, whose, ...cells] of rows) {
    const { kind, name: field } = rootField(methods[name as MethodName].document, schema)
    const operation = `${kind} ${field}`
    const about = whose ? `${whose} BotAgent` : ''
    const [line] = lines.filter((text) => {
      const [, called, ofAll, target] = cellsOf(text)
      return called === operation && ofAll === all && target === about
    })
    const byGraphQL = cellsOf(line ?? '').slice(4, -1)
    expect([operation, whose, ...cells]).toEqual([
      operation,
      whose,
      ...byGraphQL.map((cell) => (cell in onTheWire ? onTheWire[cell] : kind === 'mutation' ? 'yes' : cell)),
    ])
  }
})

const onTheWire: Record<string, string> = { FORBIDDEN: 'authorization', NOT_FOUND: 'not_found', null: 'not_found' }

/** Every method with each scope alone, about what belongs to each owner. */
async function tried(): Promise<string[][]> {
  const { requestOf } = await description(gateway.url)
  const found: string[][] = []
  for (const name of Object.keys(methods)) {
    const { idName, hasAll, least } = requestOf(name)
    for (const all of hasAll ? [false, true] : [undefined]) {
      for (const whose of idName ? owners : [undefined]) {
        const cells = await Promise.all(
          columns.map((scope) =>
            call(name, scope, (ids) => ({
              ...least,
              ...(idName && whose && { [idName]: ids[whose] }),
              ...(all !== undefined && { all }),
            })),
          ),
        )
        found.push([name, all === undefined ? '' : String(all), whose ?? '', ...cells])
      }
    }
  }
  return found
}

let lastLicense = 0
async function call(name: string, scope: Scope | undefined, body: (ids: Record<Owner, string>) => object) {
  lastLicense += 2
  const licenseId = lastLicense
  const createFor = async (claims: { clientId: string; licenseId: number }) =>
    create(gateway, await gateway.token(claims))
  const ids = {
    own: await createFor({ clientId: 'caller', licenseId }),
    other: await createFor({ clientId: 'neighbour', licenseId }),
    foreign: await createFor({ clientId: 'caller', licenseId: licenseId + 1 }),
  }
  const token = await gateway.token({ clientId: 'caller', licenseId, scopes: scope ? [scope] : [] })
  return verdict(await callMethod(gateway, token, name, body(ids)), ids)
}

/** What the caller gets to know, in a word. */
function verdict({ body }: MethodAnswer, ids: Record<Owner, string>): string {
  if (body.error) return body.error.type
  const text = JSON.stringify(body)
  const seen = owners.filter((owner) => text.includes(ids[owner]))
  return seen.reverse().join(', ') || 'yes'
}

const preface = `# What each scope opens by the specification's methods

Written by \`test/method-permissions.test.ts\` out of the table of methods: every method is called with each scope alone, about a bot
agent of the caller's own application, of another one of the license, and of another license (of an application with the same
name). A cell says what came of it: the type of the error, whose of these were in the answer, or \`yes\` where the answer holds none.
`

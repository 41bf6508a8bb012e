import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Scope } from '../src/identity/scope.ts'
import { methods } from '../src/methods/methods.ts'
import { rootField } from '../src/methods/openapi.ts'
import { buildSchema } from '../src/schema.ts'
import { create } from './support/bot-agents.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { callMethod } from './support/method.ts'
import { description } from './support/openapi.ts'
import { columns, found, newApplications, type Owner, owners, permissionTable } from './support/permission-table.ts'

const schema = buildSchema()
let gateway: TestGateway
let rows: string[][]
beforeAll(async () => {
  gateway = await startGateway()
  rows = await callAll()
}, 120_000)
afterAll(() => gateway.stop())

it('each scope allows exactly these methods', async () => {
  await expect(`${preface}\n${permissionTable('method', rows)}`).toMatchFileSnapshot('method-permissions.md')
})

it('each scope allows the same by methods as by GraphQL', async () => {
  const lines = (await readFile(new URL('permissions.md', import.meta.url), 'utf8')).split('\n')
  const cellsOf = (line: string) => line.split('|').map((cell) => cell.trim())
  const documents = new Map(Object.entries(methods).map(([name, { document }]) => [name, document]))
  for (const [name = '', all, whose, ...cells] of rows) {
    const { kind, name: field } = rootField(documents.get(name) ?? '', schema)
    const operation = `${kind} ${field}`
    const about = whose ? `${whose} BotAgent` : ''
    const [line] = lines.filter((text) => {
      const [, called, ofAll, target] = cellsOf(text)
      return called === operation && ofAll === all && target === about
    })
    const byGraphQL = cellsOf(line ?? '').slice(4, -1)
    const expected = byGraphQL.map((cell) => {
      if (cell in onTheWire) return onTheWire[cell]
      return kind === 'mutation' && cell !== 'allowed' ? 'done' : cell
    })
    expect([operation, whose, ...cells]).toEqual([operation, whose, ...expected])
  }
})

const onTheWire: Record<string, string> = { FORBIDDEN: 'authorization', NOT_FOUND: 'not_found', null: 'not_found' }

/** Calls every method with each scope, on the bot agent of each owner. */
async function callAll(): Promise<string[][]> {
  const { requestOf } = await description(gateway.url)
  const rows: string[][] = []
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
        rows.push([name, all === undefined ? '' : String(all), whose ?? '', ...cells])
      }
    }
  }
  return rows
}

async function call(name: string, scope: Scope | undefined, body: (ids: Record<Owner, string>) => object) {
  const { own, other, foreign } = newApplications()
  const ids = {
    own: await create(gateway, await gateway.token(own)),
    other: await create(gateway, await gateway.token(other)),
    foreign: await create(gateway, await gateway.token(foreign)),
  }
  const token = await gateway.token({ ...own, scopes: scope ? [scope] : [] })
  const answer = await callMethod(gateway, token, name, body(ids))
  if (answer.body.error) return answer.body.error.type
  return Object.keys(answer.body).length === 0 ? 'done' : found(answer.body, ids)
}

const preface = `# What each scope opens by the specification's methods

Written by \`test/method-permissions.test.ts\` out of the table of methods. It calls every method with each scope and no other.
\`whose\` says whose bot agent the method is about: one of the caller's own application, of an \`other\` application of its license,
or of a \`foreign\` one: an application of the same name in another license.

A cell says what the caller gets:

| cell | meaning |
| --- | --- |
| \`authorization\` | The scope does not allow the method. |
| \`not_found\` | The method is allowed, and there is no such bot agent for this caller. |
| \`own\`, \`other\`, \`foreign\` | The method is allowed, and the answer holds the bot agents of these. |
| \`done\` | The method is allowed, has made its change, and answers \`{}\`, as the specification says. |
| \`allowed\` | The method is allowed, and the answer holds something that belongs to none of these. |
| \`empty\` | The method is allowed, and the answer holds nothing. |
`

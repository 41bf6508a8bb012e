import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { gql } from '@apollo/client'
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest'
import { cache } from '../examples/apollo/cache.ts'
import { examples } from './support/examples.ts'

const run = promisify(execFile)

describe('the settings for Apollo’s cache', () => {
  gql.disableFragmentWarnings()
  const id = 'BotAgent:1'
  const write = (fields: string, botAgent: object) =>
    cache.writeFragment({
      id,
      fragment: gql(`fragment Written on BotAgent { ${fields} }`),
      data: { __typename: 'BotAgent', ...botAgent },
    })

  it('merge what has no id, without a complaint', () => {
    const complaints = vi.spyOn(console, 'error')
    onTestFinished(() => complaints.mockRestore())
    write('webhooks { url }', { webhooks: { __typename: 'Webhooks', url: 'https://bots.example' } })
    write('webhooks { state }', { webhooks: { __typename: 'Webhooks', state: 'ACTIVE' } })
    cache.writeQuery({
      query: gql('{ viewer { clientId } }'),
      data: { viewer: { __typename: 'Viewer', clientId: 'shop' } },
    })
    cache.writeQuery({
      query: gql('{ viewer { licenseId } }'),
      data: { viewer: { __typename: 'Viewer', licenseId: 1 } },
    })
    expect(complaints).not.toHaveBeenCalled()
    expect(cache.extract()).toMatchObject({
      [id]: { webhooks: { url: 'https://bots.example', state: 'ACTIVE' } },
      ROOT_QUERY: { viewer: { clientId: 'shop', licenseId: 1 } },
    })
  })

  it('keep an application once', () => {
    write('application { clientId }', { application: { __typename: 'Application', clientId: 'shop' } })
    expect(Object.keys(cache.extract())).toContain('Application:{"clientId":"shop"}')
  })
})

const there = inject('examplesInstalled')
it.skipIf(!there)(
  there
    ? 'graphql-codegen, relay-compiler and gql.tada take the schema, and what they make of it compiles'
    : 'graphql-codegen, relay-compiler and gql.tada take the schema, SKIPPED: the packages of examples/ are not installed',
  async () => {
    const { stdout } = await run('npm', ['run', 'check', '--prefix', examples]).catch((error) => {
      throw new Error(error.stdout + error.stderr)
    })
    expect(stdout).toMatch(/compiled documents: 5 reader/)
    // A mistake is one: what the files expect to be wrong is wrong, which the compiler has checked just now.
    expect(stdout).not.toMatch(/error/i)
  },
)

it('DateTime says what it is', async () => {
  const { printedSchema } = await import('../src/graphql/printed-schema.ts')
  const { buildSchema } = await import('../src/schema.ts')
  expect(printedSchema(buildSchema())).toMatch(/scalar DateTime @specifiedBy\(url: "https:\/\/scalars\.graphql\.org\//)
})

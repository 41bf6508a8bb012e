import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../src/config.ts'
import { signatureHeaders } from '../src/deliveries/signature.ts'
import { parseDuration } from '../src/process/duration.ts'
import { buildSchema } from '../src/schema.ts'
import { webhookActions } from '../src/webhooks/webhook-action.ts'
import { codeBlocks } from './support/code-blocks.ts'
import { tableRows } from './support/table-rows.ts'

const project = join(import.meta.dirname, '..')
const inDocs = (await readdir(join(project, 'docs'), { recursive: true })).map((name) => join('docs', name))
const names = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', ...inDocs].filter((name) =>
  name.endsWith('.md'),
)
const pages = await Promise.all(
  names.map(async (name) => ({ name, text: await readFile(join(project, name), 'utf8') })),
)

/** Operations in GraphQL blocks, and those that shell blocks send as `-d '{"query": …}'`. */
const operations = pages.flatMap(({ name, text }) => [
  ...codeBlocks(text, 'graphql').map((query) => ({ name, query })),
  ...codeBlocks(text, 'sh')
    .flatMap((code) => [...code.matchAll(/-d '(\{.*?\})'$/gms)].map(([, json = '']) => JSON.parse(json)))
    .flatMap(({ query }: { query?: string }) => (query ? [{ name, query }] : [])),
])

/** Names of files and folders that are marked as code, such as `src/main.ts`. */
const paths = pages.flatMap(({ name, text }) =>
  [...text.matchAll(/`((?:src|test|demo|bench|console|docs|examples|packages|prisma)\/[\w./-]*)`/g)].map(
    ([, path = '']) => ({
      name,
      path,
    }),
  ),
)

/** The rows of a table without its head. The first cell of the head identifies the table. */
function table(text: string, head: string): string[][] {
  const [from = ''] = text.slice(text.indexOf(`\n| ${head} |`) + 1).split('\n\n')
  return tableRows(from).slice(1)
}

const page = (name: string) => pages.find((page) => page.name === name)?.text ?? ''

describe('the documentation', () => {
  const schema = buildSchema()

  it.each(operations)('has operations that the schema allows: $name $query', ({ query }) => {
    expect(validate(schema, parse(query))).toEqual([])
  })

  it('has operations in GraphQL and in shell', () => {
    const counted = Map.groupBy(operations, ({ name }) => name)
    expect(counted.get('docs/tour.md')?.length).toBeGreaterThan(4)
    expect(counted.get('docs/webhooks.md')?.length).toBeGreaterThan(6)
  })

  it.each(pages)('has links that lead somewhere: $name', async ({ name, text }) => {
    const links = [...text.matchAll(/\]\((?!\w+:)([^)#]*)(?:#([^)]+))?\)/g)]
    for (const [, path = '', heading] of links) {
      const target = path === '' ? name : relative(project, join(project, dirname(name), path))
      const content = await readFile(join(project, target), 'utf8').catch((error) => error.code)
      expect([target, content]).not.toEqual([target, 'ENOENT'])
      if (heading) expect(anchors(content)).toContain(heading)
    }
  })
})

describe('a path in the documentation', () => {
  it.each(paths)('exists: $path in $name', async ({ path }) => {
    await expect(stat(join(project, path))).resolves.toBeDefined()
  })
})

describe('the README', () => {
  it('is short', () => {
    expect(page('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(150)
  })
})

describe('docs/architecture.md', () => {
  it.each(pages.filter(({ name }) => name.startsWith('docs/decisions/')))('lists $name', ({ name }) => {
    expect(page('docs/architecture.md')).toContain(`](${relative('docs', name)})`)
  })
})

describe('docs/dependencies.md', () => {
  const explained = new Set([...page('docs/dependencies.md').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))

  it.each([
    'package.json',
    'bench/package.json',
    'packages/client/package.json',
    'console/package.json',
    'examples/package.json',
  ])('explains each package of %s', async (file) => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(await readFile(join(project, file), 'utf8'))
    for (const name of Object.keys({ ...dependencies, ...devDependencies })) expect(explained).toContain(name)
  })

  it('explains each script', async () => {
    const { scripts } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8'))
    for (const name of Object.keys(scripts)) {
      const ways = [name, `npm ${name}`, `npm run ${name}`]
      expect(ways.filter((way) => explained.has(way))).not.toEqual([])
    }
  })
})

/** Makes the anchors of headings, as GitHub does. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  )
}

describe('the guide to webhooks', () => {
  const guide = page('docs/webhooks.md')

  it('has a signature with which readers can test their own verification', () => {
    const [vector = ''] = codeBlocks(guide, 'text').filter((block) => block.includes('secretKey: '))
    const given = Object.fromEntries(
      vector
        .trim()
        .split('\n')
        .map((line) => line.split(/: +(.*)/)),
    )
    const headers = signatureHeaders({
      id: given['webhook-id'],
      timestamp: new Date(Number(given['webhook-timestamp']) * 1_000),
      body: given.body,
      secrets: [given.secretKey],
    })
    expect(given).toMatchObject(headers)
  })

  it('names the filters and the additional data of every action', () => {
    const words = (cell = '') => [...cell.matchAll(/`(\w+)`/g)].map(([, word]) => word)
    const told = table(guide, 'action').map(([action, , filters, additionalData]) => [
      words(action)[0],
      { filters: words(filters), additionalData: words(additionalData) },
    ])
    expect(Object.fromEntries(told)).toEqual(webhookActions)
  })

  it('has the default schedule', () => {
    const [, ...retries] = table(guide, 'attempt').map(([, delay = '']) => parseDuration(delay))
    expect(retries).toEqual(readConfig({}).webhookRetrySchedule)
  })
})

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const source = join(import.meta.dirname, '../src')

/** The floors of the source tree, from the lowest. A file may import from its own folder and from the floors below. */
const floors = [
  'process',
  'contract',
  'outbound',
  'admission',
  'database/client',
  'database/embedded',
  'database',
  'feed',
  'identity',
  'identity/issuers',
  'identity/revocation',
  'identity/authentication',
  'graphql',
  'graphql/execution',
  'audit',
  'webhooks',
  'deliveries',
  'chat-events',
  'bot-agents',
  'delivery-log',
  'properties',
  'methods',
  'http/request',
  'http/graphiql/page',
  'http/graphiql',
  'http/websocket',
  'http',
  '.',
  'commands',
]

interface Import {
  readonly from: string
  readonly to: string
}

/** Every TypeScript file except tests, which may import what they need. */
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('database/client/'),
)
const imports: readonly Import[] = files.flatMap((file) => {
  const text = readFileSync(join(source, file), 'utf8')
  const specifiers = [...text.matchAll(/(?:\bfrom|\bimport|declare module)\s*\(?\s*'(\.[^']+)'/g)].map(
    ([, to]) => to ?? '',
  )
  return specifiers.map((to) => ({ from: file, to: relative(source, resolve(source, dirname(file), to)) }))
})

const floorOf = (file: string) => floors.indexOf(dirname(file))

describe('the source tree', () => {
  it('has a folder for each floor, and no other folders', () => {
    expect(new Set([...files.map((file) => dirname(file)), 'database/client'])).toEqual(new Set(floors))
  })

  it('imports only from the same folder or a floor below, including types', () => {
    const upwards = imports.filter(({ from, to }) => floorOf(to) > floorOf(from))
    expect(upwards.map(({ from, to }) => `${from} imports ${to}`)).toEqual([])
  })

  it('uses a service only in the folder that declares it, or on a floor above', () => {
    const declared = files.flatMap((file) => {
      const text = readFileSync(join(source, file), 'utf8')
      const [, members = ''] = /interface Services \{([^}]*)\}/.exec(text) ?? []
      return [...members.matchAll(/readonly (\w+):/g)].map(([, service = '']) => ({ service, floor: floorOf(file) }))
    })
    expect(declared.length).toBeGreaterThan(5)
    const schemas = files.filter((file) => file.endsWith('.schema.ts'))
    const wrong = schemas.flatMap((file) => {
      const text = readFileSync(join(source, file), 'utf8')
      return declared
        .filter(({ service, floor }) => floor > floorOf(file) && new RegExp(`\\b${service}\\b`).test(text))
        .map(({ service }) => `${file} uses ${service}`)
    })
    expect(wrong).toEqual([])
  })

  it('imports nothing from outside except packages', () => {
    expect(imports.filter(({ to }) => to.startsWith('..'))).toEqual([])
  })

  it('has no import cycles', () => {
    const next = Map.groupBy(imports, ({ from }) => from)
    const state = new Map<string, 'open' | 'done'>()
    const cycles: string[] = []
    const visit = (file: string, path: readonly string[]) => {
      if (state.get(file) === 'open') cycles.push([...path.slice(path.indexOf(file)), file].join(' → '))
      if (state.has(file)) return
      state.set(file, 'open')
      for (const { to } of next.get(file) ?? []) visit(to, [...path, file])
      state.set(file, 'done')
    }
    for (const file of files) visit(file, [])
    expect(cycles).toEqual([])
  })

  it('has at most five files directly in a folder that has subfolders', () => {
    const loose = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isFile())
    expect(loose.length).toBeLessThanOrEqual(5)
  })
})

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

interface Tree {
  readonly root: string
  /** Its floors, from the lowest. A file may import from its own folder and from the floors below. */
  readonly floors: readonly string[]
}

const gateway: Tree = {
  root: join(import.meta.dirname, '../src'),
  floors: [
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
    'http/page',
    'http/console',
    'http/graphiql/page',
    'http/graphiql',
    'http/websocket',
    'http',
    '.',
    'commands',
  ],
}

const page: Tree = {
  root: join(import.meta.dirname, '../console/src'),
  floors: [
    'design',
    'words',
    'route',
    'gateway',
    'session',
    'shell',
    'screens/bot-agent/draft',
    'screens/bot-agent/webhooks',
    'screens/bot-agent',
    'screens/deliveries/filter',
    'screens/deliveries/log',
    'screens/deliveries/delivery',
    'screens/deliveries',
    'screens/trouble',
    'screens/try',
    'screens/board',
    '.',
  ],
}

interface Import {
  readonly from: string
  readonly to: string
}

/** Reads every TypeScript file except tests, which may import what they need. */
function read({ root, floors }: Tree) {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.tsx?$/.test(file) && !file.endsWith('.test.ts') && !file.startsWith('database/client/'),
  )
  const imports: readonly Import[] = files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const specifiers = [...text.matchAll(/(?:\bfrom|\bimport|declare module)\s*\(?\s*'(\.[^']+)'/g)].map(
      ([, to]) => to ?? '',
    )
    return specifiers.map((to) => ({ from: file, to: relative(root, resolve(root, dirname(file), to)) }))
  })
  return { files, imports, floorOf: (file: string) => floors.indexOf(dirname(file)) }
}

describe.each([
  ['the source tree', gateway],
  ['the source tree of the console', page],
])('%s', (_name, tree) => {
  const { files, imports, floorOf } = read(tree)

  it('has a folder for each floor, and no other folders', () => {
    const folders = new Set(files.map((file) => dirname(file)))
    expect(folders).toEqual(new Set(tree.floors.filter((floor) => floor !== 'database/client')))
  })

  it('imports only from the same folder or a floor below, including types', () => {
    const upwards = imports.filter(({ from, to }) => floorOf(to) > floorOf(from))
    expect(upwards.map(({ from, to }) => `${from} imports ${to}`)).toEqual([])
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
    const loose = readdirSync(tree.root, { withFileTypes: true }).filter((entry) => entry.isFile())
    expect(loose.length).toBeLessThanOrEqual(5)
  })
})

describe('the source tree of the gateway', () => {
  it('uses a service only in the folder that declares it, or on a floor above', () => {
    const { files, floorOf } = read(gateway)
    const declared = files.flatMap((file) => {
      const text = readFileSync(join(gateway.root, file), 'utf8')
      const [, members = ''] = /interface Services \{([^}]*)\}/.exec(text) ?? []
      return [...members.matchAll(/readonly (\w+):/g)].map(([, service = '']) => ({ service, floor: floorOf(file) }))
    })
    expect(declared.length).toBeGreaterThan(5)
    const schemas = files.filter((file) => file.endsWith('.schema.ts'))
    const wrong = schemas.flatMap((file) => {
      const text = readFileSync(join(gateway.root, file), 'utf8')
      return declared
        .filter(({ service, floor }) => floor > floorOf(file) && new RegExp(`\\b${service}\\b`).test(text))
        .map(({ service }) => `${file} uses ${service}`)
    })
    expect(wrong).toEqual([])
  })
})

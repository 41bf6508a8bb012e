import { spawnSync } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codegen } from '@graphql-codegen/core'
import * as operations from '@graphql-codegen/typescript-operations'
import { type DocumentNode, parse, print, stripIgnoredCharacters, visit } from 'graphql'

/**
 * Writes beside each `<name>.graphql` a `<name>.operations.ts`: its operations as text, with the types of their variables and results. The page
 * then needs no parser. With --check it writes nothing, and fails if a file is not up to date or an operation does not fit the schema.
 */
const source = join(import.meta.dirname, 'src')
const schema = parse(await readFile(join(import.meta.dirname, '../schema.graphql'), 'utf8'))
const check = process.argv.includes('--check')

/** Fragments of this file may be used in all others. */
const shared = join(source, 'gateway/fragments.graphql')
const sharedFragments = parse(await readFile(shared, 'utf8'))

for (const name of await readdir(source, { recursive: true })) {
  const file = join(source, name)
  if (!name.endsWith('.graphql') || file === shared) continue
  const target = file.replace(/\.graphql$/, '.operations.ts')
  const written = formatted(target, await operationsOf(name, parse(await readFile(file, 'utf8'))))
  if (!check) await writeFile(target, written)
  else if ((await readFile(target, 'utf8').catch(() => '')) !== written) {
    process.stderr.write(
      `console/src/${name} has changed, or the schema. Run \`npm run schema\` and commit the changes.\n`,
    )
    process.exitCode = 1
  }
}

/** As `npm run format` would leave it. */
function formatted(file: string, text: string): string {
  const { status, stdout, stderr } = spawnSync('biome', ['format', `--stdin-file-path=${file}`], {
    cwd: join(import.meta.dirname, '..'),
    input: text,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`biome could not format ${file}: ${stderr}`)
  return stdout
}

async function operationsOf(name: string, document: DocumentNode): Promise<string> {
  const whole: DocumentNode = {
    ...document,
    definitions: [...document.definitions, ...fragmentsUsedBy(document, sharedFragments)],
  }
  const types = await codegen({
    filename: name,
    schema,
    documents: [{ location: name, document: whole }],
    plugins: [{ operations: {} }],
    pluginMap: { operations },
    config: {
      scalars: { DateTime: 'string', JSON: 'unknown', ID: 'string' },
      enumType: 'string-literal',
      skipTypename: true,
      useTypeImports: true,
      declarationKind: 'interface',
    },
  })
  const constants = whole.definitions.flatMap((definition) => {
    if (definition.kind !== 'OperationDefinition' || !definition.name) return []
    const operation: DocumentNode = { kind: whole.kind, definitions: [definition] }
    const document: DocumentNode = { ...operation, definitions: [definition, ...fragmentsUsedBy(operation, whole)] }
    const text = stripIgnoredCharacters(print(document))
    const kind = definition.operation[0]?.toUpperCase() + definition.operation.slice(1)
    const type = `${definition.name.value}${kind}`
    return `export const ${definition.name.value} = operation<${type}, ${type}Variables>(\n  ${JSON.stringify(text)},\n)`
  })
  const depth = '../'.repeat(name.split('/').length - 1) || './'
  return `// Written by \`npm run schema\` from ${name.split('/').at(-1)}.

import { operation } from '${depth}gateway/operation.ts'

${types.trim()}

${constants.join('\n\n')}
`
}

/** The fragments that a document spreads, and those that these spread, and so on. */
function fragmentsUsedBy(document: DocumentNode, from: DocumentNode) {
  const found = new Map<string, Extract<DocumentNode['definitions'][number], { kind: 'FragmentDefinition' }>>()
  const known = new Set(
    document.definitions.flatMap((one) => (one.kind === 'FragmentDefinition' ? [one.name.value] : [])),
  )
  const look = (node: DocumentNode | DocumentNode['definitions'][number]) => {
    visit(node, {
      FragmentSpread({ name: { value } }) {
        const fragment = from.definitions.find((one) => one.kind === 'FragmentDefinition' && one.name.value === value)
        if (fragment?.kind !== 'FragmentDefinition' || found.has(value) || known.has(value)) return
        found.set(value, fragment)
        look(fragment)
      },
    })
  }
  look(document)
  return [...found.values()]
}

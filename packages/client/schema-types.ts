import { readFile, writeFile } from 'node:fs/promises'
import { codegen } from '@graphql-codegen/core'
import * as typescript from '@graphql-codegen/typescript'
import { parse } from 'graphql'

/** Writes the types of `schema.graphql`. With --check it writes nothing, and fails if they are not up to date. */
const file = new URL('src/schema.ts', import.meta.url)
const types = await codegen({
  filename: 'schema.ts',
  schema: parse(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8')),
  documents: [],
  plugins: [{ typescript: {} }],
  pluginMap: { typescript },
  config: {
    scalars: { DateTime: 'string', JSON: 'unknown' },
    enumsAsTypes: true,
    avoidOptionals: { field: true },
  },
})
const written = `// Written by \`npm run schema\` from schema.graphql.\n\n${types.trim()}\n`

if (!process.argv.includes('--check')) await writeFile(file, written)
else if ((await readFile(file, 'utf8').catch(() => '')) !== written) {
  process.stderr.write(
    'packages/client/src/schema.ts is not up to date. Run `npm run schema` and commit the changes.\n',
  )
  process.exitCode = 1
}

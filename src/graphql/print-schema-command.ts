import { readFile, writeFile } from 'node:fs/promises'
import { printSchemaWithDirectives } from '@graphql-tools/utils'
import { buildSchema } from './schema.ts'

/** Writes schema.graphql from the code; with --check, only says whether it is up to date. */
const file = new URL('../../schema.graphql', import.meta.url)
const printed = `# Printed by \`npm run schema\`; not to be edited.\n\n${printSchemaWithDirectives(buildSchema())}\n`

if (!process.argv.includes('--check')) await writeFile(file, printed)
else if ((await readFile(file, 'utf8').catch(() => '')) !== printed) {
  process.stderr.write('schema.graphql is not up to date: run `npm run schema` and commit what it changes.\n')
  process.exitCode = 1
}

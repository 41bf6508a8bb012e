import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { buildSchema as parseSchema } from 'graphql'
import { printedSchema } from '../graphql/printed-schema.ts'
import { buildSchema } from '../schema.ts'
import { unannounced } from './breaking-changes.ts'

/**
 * Writes schema.graphql from the code. With --check it writes nothing, and fails if the file is not up to date, or if the schema breaks
 * clients of the last release (the newest tag of the form v1.2.3) in a way that CHANGELOG.md does not announce.
 */
const project = new URL('../../', import.meta.url)
const file = new URL('schema.graphql', project)
const schema = buildSchema()
const printed = printedSchema(schema)

if (process.argv.includes('--check')) await check()
else await writeFile(file, printed)

async function check(): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => '')) !== printed) {
    fail('schema.graphql is not up to date. Run `npm run schema` and commit the changes.')
  }
  const released = lastRelease()
  if (!released) return
  const changelog = await readFile(new URL('CHANGELOG.md', project), 'utf8')
  for (const change of unannounced(parseSchema(released), schema, changelog)) {
    fail(`This breaks clients of the last release. If that is intended, add this line to CHANGELOG.md: ${change}`)
  }
}

function lastRelease(): string | undefined {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: project, encoding: 'utf8', stdio: 'pipe' })
  try {
    const [tag] = git('tag', '--list', 'v*', '--sort=-version:refname', '--merged').split('\n')
    return tag && git('show', `${tag}:schema.graphql`)
  } catch {
    // Not a git checkout, but for example an unpacked archive.
    return undefined
  }
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}

import { execFileSync } from 'node:child_process'
import { copyFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

/** Writes `dist`: JavaScript with its types, and the schema. */
export async function buildClient(): Promise<void> {
  const dist = join(import.meta.dirname, 'dist')
  await rm(dist, { recursive: true, force: true })
  execFileSync(process.execPath, [compiler, '--project', import.meta.dirname], { stdio: 'inherit' })
  await copyFile(join(import.meta.dirname, '../../schema.graphql'), join(dist, 'schema.graphql'))
}

if (import.meta.main) await buildClient()

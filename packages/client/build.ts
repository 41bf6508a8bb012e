import { execFileSync } from 'node:child_process'
import { existsSync, renameSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
const cache = join(import.meta.dirname, 'node_modules/.cache')

/**
 * Writes a folder, by default `dist`: JavaScript with its types, and the schema. It is exchanged as a whole, because others may be reading it,
 * and only if something has changed, because others may be watching it.
 */
export async function buildClient(dir = join(import.meta.dirname, 'dist')): Promise<void> {
  await mkdir(cache, { recursive: true })
  const temporary = await mkdtemp(join(cache, 'build-'))
  const built = join(temporary, 'built')
  try {
    execFileSync(process.execPath, [compiler, '--project', import.meta.dirname, '--outDir', built], {
      stdio: 'inherit',
    })
    await copyFile(join(import.meta.dirname, '../../schema.graphql'), join(built, 'schema.graphql'))
    if (existsSync(dir)) {
      if ((await contentOf(dir)) === (await contentOf(built))) return
      renameSync(dir, join(temporary, 'former'))
    }
    renameSync(built, dir)
  } finally {
    await rm(temporary, { recursive: true })
  }
}

async function contentOf(dir: string): Promise<string> {
  const names = (await readdir(dir)).sort()
  return JSON.stringify(await Promise.all(names.map(async (name) => [name, await readFile(join(dir, name), 'utf8')])))
}

if (import.meta.main) await buildClient()

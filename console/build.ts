import { createHash } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const built = join(import.meta.dirname, '../dist/console')

/** What the files that are built depend on. */
const sources = [
  'src',
  'index.html',
  'package.json',
  'vite.config.ts',
  '../packages/client/dist',
  '../package-lock.json',
]

/**
 * Writes the files of the console to `dist/console`, unless those that are there are of the present sources. Needs the package for clients.
 * @returns the folder
 */
export async function buildConsole(): Promise<string> {
  const note = join(built, 'sources')
  const present = await hashOfSources()
  if ((await readFile(note, 'utf8').catch(() => '')) !== present) {
    // What is there is of other sources, and must not be served if these can't be built.
    await rm(built, { recursive: true, force: true })
    await build()
    await writeFile(note, present)
  }
  return built
}

async function build(): Promise<void> {
  const { NODE_ENV } = process.env
  // Within tests it is set to another value, with which Vite keeps what is for development.
  process.env.NODE_ENV = 'production'
  try {
    const vite = await import('vite')
    await vite.build({ root: import.meta.dirname, logLevel: 'warn' })
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = NODE_ENV
  }
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256')
  for (const source of sources) {
    const path = join(import.meta.dirname, source)
    const names = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => undefined)
    const files = names
      ? names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
      : [path]
    for (const file of files.sort())
      hash
        .update(file)
        .update('\0')
        .update(await readFile(file))
  }
  return hash.digest('hex')
}

// The gateway is of use without the console, so what goes wrong here ends no build. It says at its start that the console is not there.
if (import.meta.main) {
  await buildConsole().catch((error: unknown) => {
    process.stderr.write(`The console could not be built, so the gateway will serve none: ${error}\n`)
  })
}

import { execFile } from 'node:child_process'
import { cp, lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { progress } from './table.ts'

export interface InstalledBytes {
  /** The folder `dist`: all that a gateway needs in production. */
  readonly production: number
  /** `node_modules`. */
  readonly development: number
}

/** What an install reads. */
const sources = [
  'package.json',
  'package-lock.json',
  'prisma',
  'prisma.config.ts',
  'build.ts',
  'tsconfig.json',
  'schema.graphql',
  'src',
  'console',
  'packages',
]

/** Installs the gateway into a folder of its own. It takes a registry, or npm's cache. */
export async function installedBytes(): Promise<InstalledBytes> {
  await using parts = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-install-'))
  parts.defer(() => rm(folder, { recursive: true }))
  for (const name of sources) {
    await cp(join(import.meta.dirname, '..', name), join(folder, name), {
      recursive: true,
      filter: (path) => !['node_modules', 'dist'].includes(basename(path)),
    })
  }
  progress('installing')
  await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, maxBuffer: 2 ** 24 })
  return { production: await bytesOf(join(folder, 'dist')), development: await bytesOf(join(folder, 'node_modules')) }
}

/** The sizes of all files. One with several names counts once, links count as themselves. */
async function bytesOf(path: string, seen = new Set<number>()): Promise<number> {
  const stat = await lstat(path)
  if (!stat.isDirectory()) {
    if (seen.has(stat.ino)) return 0
    seen.add(stat.ino)
    return stat.size
  }
  let bytes = 0
  for (const name of await readdir(path)) bytes += await bytesOf(join(path, name), seen)
  return bytes
}

import { execFile } from 'node:child_process'
import { cp, lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { progress } from './table.ts'

export interface InstalledBytes {
  /** What `npm prune --omit=dev --omit=optional` leaves. */
  readonly production: number
  /** What `npm ci` installs. */
  readonly full: number
  /** The packages of a production install that take most. */
  readonly largest: readonly { readonly name: string; readonly bytes: number }[]
}

const MOST_LISTED = 8
/** What an install reads. */
const sources = ['package.json', 'package-lock.json', 'prisma', 'prisma.config.ts', 'src']

/** Installs the packages of the gateway into a folder of their own. It takes a registry, or npm's cache. */
export async function installedBytes(): Promise<InstalledBytes> {
  await using parts = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-install-'))
  parts.defer(() => rm(folder, { recursive: true }))
  for (const name of sources) {
    await cp(join(import.meta.dirname, '..', name), join(folder, name), { recursive: true })
  }
  const packages = join(folder, 'node_modules')
  progress('installing')
  await npm(folder, 'ci')
  const full = await bytesOf(packages)
  await npm(folder, 'prune', '--omit=dev', '--omit=optional')
  const sizes = await sizesOf(packages)
  return { production: await bytesOf(packages), full, largest: sizes.slice(0, MOST_LISTED) }
}

async function npm(cwd: string, ...args: readonly string[]): Promise<void> {
  await promisify(execFile)('npm', [...args, '--no-audit', '--no-fund'], { cwd, maxBuffer: 2 ** 24 })
}

/** Largest first. */
async function sizesOf(packages: string): Promise<{ name: string; bytes: number }[]> {
  const top = await readdir(packages)
  const inScopes = top
    .filter((name) => name.startsWith('@'))
    .map(async (scope) => (await readdir(join(packages, scope))).map((name) => `${scope}/${name}`))
  const names = [...top.filter((name) => !/^[.@]/.test(name)), ...(await Promise.all(inScopes)).flat()]
  const sizes = names.map(async (name) => ({ name, bytes: await bytesOf(join(packages, name)) }))
  return (await Promise.all(sizes)).toSorted((one, other) => other.bytes - one.bytes)
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

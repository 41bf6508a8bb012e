import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { type PageFile, pageFile } from '../page/page-file.ts'

/** What Vite has made of the folder `console/`. */
export interface ConsoleFiles {
  /** The page, with `NONCE` in the places of a nonce. */
  readonly html: string
  /** By their names, which have a hash of their content. */
  readonly assets: ReadonlyMap<string, PageFile>
}

/** What Vite writes where the nonce of a response belongs. */
export const NONCE = 'NONCE-OF-THIS-PAGE'

const contentTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Beside the bundle, or where `npm run build` puts it. */
const folders = ['console', '../../../dist/console'].map((path) => join(import.meta.dirname, path))

/** @returns `undefined` if the console has not been built */
export async function readConsoleFiles(): Promise<ConsoleFiles | undefined> {
  const folder = folders.find((path) => existsSync(join(path, 'index.html')))
  if (!folder) return undefined
  const assets = join(folder, 'assets')
  const names = await readdir(assets)
  return {
    html: await readFile(join(folder, 'index.html'), 'utf8'),
    assets: new Map(
      names.map((name) => {
        const contentType = contentTypes[extname(name)] ?? 'application/octet-stream'
        return [name, pageFile(contentType, () => readFile(join(assets, name)))]
      }),
    ),
  }
}

import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where one of these programs is installed. Not every user has the folders of servers on the path. */
export function installed(...names: readonly string[]): string | undefined {
  const folders = ['/usr/bin', '/usr/sbin', ...(process.env.PATH ?? '').split(delimiter)]
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((place) => existsSync(place))
}

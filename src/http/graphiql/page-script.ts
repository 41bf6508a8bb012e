import { join } from 'node:path'

/**
 * The script of the page, in one file, from page/main.ts and what it imports. In `dist` this is done already: build.ts puts the script into
 * the place of this module.
 */
export async function pageScript(): Promise<string> {
  const { build } = await import('rolldown')
  const { output } = await build({
    input: join(import.meta.dirname, 'page/main.ts'),
    platform: 'browser',
    logLevel: 'warn',
    write: false,
  })
  return output[0].code
}

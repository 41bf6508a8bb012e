import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether the packages of `examples/` are there. */
    examplesInstalled: boolean
  }
}

export const examples = join(import.meta.dirname, '../../examples')

/** Installs the packages of the examples, unless that was done before. Where it can't be done, their tests are skipped. */
export default async function installExamples({ provide }: TestProject): Promise<void> {
  const installed = (await isInstalled()) || (await install())
  if (!installed)
    process.stderr.write('The packages of examples/ could not be installed: their tests will be skipped.\n')
  provide('examplesInstalled', installed)
}

async function isInstalled(): Promise<boolean> {
  const [lock, installed] = await Promise.all(
    ['package-lock.json', 'node_modules/.package-lock.json'].map((file) =>
      stat(join(examples, file)).catch(() => undefined),
    ),
  )
  return installed !== undefined && lock !== undefined && installed.mtimeMs >= lock.mtimeMs
}

async function install(): Promise<boolean> {
  const npm = ['ci', '--prefix', examples, '--no-audit', '--no-fund', '--silent']
  return promisify(execFile)('npm', npm).then(
    () => true,
    () => false,
  )
}

import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { buildGateway } from '../../build.ts'
import { buildConsole } from '../../console/build.ts'
import { buildClient } from '../../packages/client/build.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The entry of the gateway that processes of this test run are started from. */
    builtGateway: string
  }
}

/** Where packages are found, and nobody looks for files. */
const cache = join(import.meta.dirname, '../../node_modules/.cache')

/** Tests that start a process run what `npm start` runs, and import the package that clients import, made of the present sources. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await mkdir(cache, { recursive: true })
  const dir = await mkdtemp(join(cache, 'gateway-'))
  const build = async () => {
    await buildGateway(dir)
    await buildClient()
    await cp(await buildConsole(), join(dir, 'console'), { recursive: true })
  }
  await build()
  project.onTestsRerun(build)
  project.provide('builtGateway', join(dir, 'main.js'))
  return () => rm(dir, { recursive: true })
}

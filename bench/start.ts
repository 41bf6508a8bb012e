import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { benchmark } from './benchmark.ts'
import { now } from './clock.ts'
import { installedBytes } from './installed-bytes.ts'
import { memoryOfPostgreSql } from './memory-of-postgresql.ts'
import { type SpawnedGateway, spawnGateway } from './spawned-gateway.ts'
import { each, median } from './statistics.ts'
import { progress, table } from './table.ts'

/** What it takes to run a gateway that has everything with it, PostgreSQL as well: as `npm start` runs it without any settings. */
export const start = benchmark({
  measures: 'how long a gateway with its own PostgreSQL takes to start, and what it takes of memory and disk',
  flags: { repeats: 5, rest: 10 },
  onlyByName: true,
  run: measure,
})

async function measure({ repeats, rest }: { repeats: number; rest: number }): Promise<void> {
  const fresh: number[] = []
  const old: number[] = []
  const atRest: { gateway: number; postgreSql: number }[] = []
  // Removed at the end: for some seconds after a data folder was removed, the disk is slow.
  await using folders = new AsyncDisposableStack()
  for (let repeat = 1; repeat <= repeats; repeat += 1) {
    progress(`start ${repeat} of ${repeats}`)
    const folder = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-start-'))
    folders.defer(() => rm(folder, { recursive: true }))
    const first = await startIn(folder)
    fresh.push(first.ms)
    await first.gateway.stop()
    const second = await startIn(folder)
    old.push(second.ms)
    await delay(1_000 * rest)
    atRest.push({
      gateway: await second.gateway.metric('process_resident_memory_bytes'),
      postgreSql: await memoryOfPostgreSql(folder),
    })
    await second.gateway.stop()
  }
  const of = (values: readonly number[]) => [median(values).toFixed(0), each(values)]
  table(
    'From the start of the process until it is ready, in ms',
    ['', 'median', 'each'],
    [
      ['a fresh folder', ...of(fresh)],
      ['a folder that was used before', ...of(old)],
    ],
  )
  table(
    `Memory ${rest} s after that, in MiB`,
    ['', 'median', 'each'],
    [
      ['gateway, resident', ...of(atRest.map(({ gateway }) => gateway / 2 ** 20))],
      ['PostgreSQL, all processes', ...of(atRest.map(({ postgreSql }) => postgreSql / 2 ** 20))],
    ],
  )
  const { production, development } = await installedBytes()
  table(
    'What is installed, in MB',
    ['', 'MB'],
    [
      ['in production: dist', megabytes(production)],
      ['for development: node_modules', megabytes(development)],
    ],
  )
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}

async function startIn(folder: string): Promise<{ gateway: SpawnedGateway; ms: number }> {
  const begun = now()
  const gateway = await spawnGateway({ DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'info' })
  return { gateway, ms: now() - begun }
}

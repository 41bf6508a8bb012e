import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The bytes that the processes of an embedded PostgreSQL have in memory. What they share is counted once: each page in equal parts for
 * those that have it (PSS).
 * @returns NaN where there is no `/proc`
 */
export async function memoryOfPostgreSql(dataDir: string): Promise<number> {
  const [postmaster = ''] = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')
  const processes = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const bytes = await Promise.all(
    processes.map(async (pid) => (pid === postmaster || (await parentOf(pid)) === postmaster ? proportional(pid) : 0)),
  )
  return processes.length === 0 ? Number.NaN : bytes.reduce((sum, size) => sum + size, 0)
}

/** A process may have ended since it was listed. */
async function parentOf(pid: string): Promise<string | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return /^PPid:\s+(\d+)/m.exec(status)?.[1]
}

async function proportional(pid: string): Promise<number> {
  const memory = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  return 1_024 * Number(/^Pss:\s+(\d+) kB/m.exec(memory)?.[1] ?? Number.NaN)
}

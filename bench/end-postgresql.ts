import { setTimeout as delay } from 'node:timers/promises'
import { connect } from './sessions.ts'
import type { Site } from './site.ts'

/**
 * Ends PostgreSQL, and resolves when the site has started it again.
 * @param signal SIGINT: fast, with a checkpoint; SIGQUIT: at once, so that it has to recover
 */
export async function endPostgreSql(site: Site, databaseUrl: string, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  const pid = await site.postmaster()
  process.kill(pid, signal)
  for (;;) {
    const present = await site.postmaster().catch(() => pid)
    const session = present === pid ? undefined : await connect(databaseUrl).catch(() => undefined)
    if (session) return session.end()
    await delay(10)
  }
}

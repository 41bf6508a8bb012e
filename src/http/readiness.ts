import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '../database/database.ts'
import type { OpenIdProvider } from '../identity/issuers/openid-provider.ts'
import { atMostEvery } from '../process/at-most-every.ts'
import type { Heartbeat } from '../process/heartbeat.ts'

/** The check itself must end before those who ask give up. */
const LONGEST_MS = 2_000
/** Longer than the database needs to fail over, or a worker to be replaced. */
const STANDSTILL_MS = 30_000

export interface Readiness {
  /** Whether the gateway can serve. */
  readonly ready: boolean
  /** What keeps the gateway from serving, or from serving everything; empty if nothing does. Contains no addresses. */
  readonly troubles: readonly string[]
}

/**
 * @returns a function that checks the database, at most once a second, the work that must go on all the time, and the last known state of
 *   the provider. While a provider cannot be reached, a gateway that has its keys stays ready: it can still check JWTs.
 */
export function createReadiness(options: {
  database: Database
  heartbeats: readonly Heartbeat[]
  provider: OpenIdProvider | undefined
}): () => Promise<Readiness> {
  const { database, heartbeats, provider } = options
  return atMostEvery(1_000, async () => {
    const answer = database.$queryRaw`select 1`.then(
      () => true,
      () => false,
    )
    const responds = await Promise.race([answer, delay(LONGEST_MS, false, { ref: false })])
    const still = heartbeats.filter(({ standsStillFor }) => standsStillFor() > STANDSTILL_MS)
    const troubles = [
      ...(responds ? [] : ['The database does not respond.']),
      ...still.map(({ trouble }) => trouble),
      ...(provider?.trouble ? ['The OpenID provider does not respond. The log says why.'] : []),
    ]
    return { ready: responds && still.length === 0 && provider?.discovered !== false, troubles }
  })
}

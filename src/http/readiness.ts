import type { Database } from '../database/database.ts'
import type { OpenIdProvider } from '../identity/issuers/openid-provider.ts'
import { onceASecond } from '../process/once-a-second.ts'

export interface Readiness {
  /** Whether the gateway can serve. */
  readonly ready: boolean
  /** What keeps the gateway from serving, or from serving everything; empty if nothing does. Contains no addresses. */
  readonly troubles: readonly string[]
}

/**
 * @returns a function that checks the database, at most once a second, and the last known state of the provider. While a provider cannot
 *   be reached, a gateway that has its keys stays ready: it can still check JWTs.
 */
export function createReadiness(options: {
  database: Database
  provider: OpenIdProvider | undefined
}): () => Promise<Readiness> {
  const { database, provider } = options
  return onceASecond(async () => {
    const responds = await database.$queryRaw`select 1`.then(
      () => true,
      () => false,
    )
    const troubles = [
      ...(responds ? [] : ['The database does not respond.']),
      ...(provider?.trouble ? ['The OpenID provider does not respond. The log says why.'] : []),
    ]
    return { ready: responds && provider?.discovered !== false, troubles }
  })
}

import type { Database } from '../database/database.ts'
import type { OpenIdProvider } from '../identity/issuers/openid-provider.ts'
import { onceASecond } from '../process/once-a-second.ts'

export interface Readiness {
  /** Whether the gateway can serve. */
  readonly ready: boolean
  /** What keeps it from serving, or from serving in full; empty when nothing does. Names no addresses. */
  readonly troubles: readonly string[]
}

/**
 * @returns a function that checks the database, once a second at most, and looks at what is known of the provider. A provider that is
 *   away does not make a gateway unready that has its keys: what is under way goes on.
 */
export function createReadiness(options: {
  database: Database
  provider: OpenIdProvider | undefined
}): () => Promise<Readiness> {
  const { database, provider } = options
  return onceASecond(async () => {
    const answered = await database.$queryRaw`select 1`.then(
      () => true,
      () => false,
    )
    const troubles = [
      ...(answered ? [] : ['The database does not answer.']),
      ...(provider?.trouble ? ['The OpenID provider does not answer: the log says more.'] : []),
    ]
    return { ready: answered && provider?.discovered !== false, troubles }
  })
}

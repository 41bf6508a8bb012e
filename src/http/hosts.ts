import { isIP } from 'node:net'
import { HttpError } from '../http-error.ts'

/**
 * By which names the gateway may be called. Anyone can let a name of theirs lead to this machine, and pages under it would then be the
 * gateway's own to a browser (DNS rebinding). So a name that a stranger can own has to be listed: addresses, `localhost` and names
 * without a dot can't be.
 */
export interface Hosts {
  /** @throws HttpError 421 */
  demand(host: string | undefined): void
}

/** @param allowed names without a port; one that begins with a dot stands for all names below it */
export function hosts(allowed: readonly string[]): Hosts {
  const isAllowed = (name: string) =>
    isNobodysElse(name) || allowed.some((host) => (host.startsWith('.') ? name.endsWith(host) : name === host))
  return {
    demand(host) {
      if (host === undefined || isAllowed(nameOf(host))) return
      throw new HttpError(
        421,
        `This gateway does not answer for ${host}: who runs it can add the name to ALLOWED_HOSTS.`,
      )
    },
  }
}

/** Whether no stranger can own the name. */
export function isNobodysElse(name: string): boolean {
  return isIP(name.replace(/^\[|\]$/g, '')) !== 0 || !name.includes('.') || name.endsWith('.localhost')
}

/** Without the port, and without the dot that ends a name that is written in full. */
export function nameOf(host: string): string {
  return host.replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase()
}

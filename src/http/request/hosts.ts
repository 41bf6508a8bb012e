import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { HttpError } from '../../contract/http-error.ts'
import { quoted } from '../../contract/quoted.ts'
import type { RequestTarget } from './request-target.ts'

/**
 * The host names under which the gateway may be called. Anyone can point a name of theirs at this machine, and to a browser, pages under
 * that name would then have the gateway's own origin (DNS rebinding). So names that someone else could own have to be allowed
 * explicitly. Nobody else can own an IP address, `localhost` or a name without a dot.
 */
export interface Hosts {
  /** @throws HttpError 400 for a `Host` that is not valid, 421 for a name that is not allowed */
  demand(request: IncomingMessage, target: RequestTarget): void
}

/** @param allowed names without a port; one that begins with a dot stands for all names below it */
export function createHosts(allowed: readonly string[]): Hosts {
  const isAllowed = (name: string) =>
    isNobodysElse(name) || allowed.some((host) => (host.startsWith('.') ? name.endsWith(host) : name === host))
  return {
    demand(request, { authority }) {
      const named = hostOf(request)
      const host = authority ?? named
      if (host === undefined) return
      const shown = quoted(host)
      if (!isValid(host)) throw new HttpError(400, `The \`Host\` of the request is not valid: ${shown}.`)
      if (isAllowed(nameOf(host))) return
      throw new HttpError(
        421,
        `This gateway does not serve the host ${shown}. Its operator can add the name to ALLOWED_HOSTS.`,
      )
    },
  }
}

/** RFC 9112, section 3.2: at most one `Host` header, and in HTTP/1.1 exactly one. */
function hostOf({ rawHeaders, headers, httpVersion }: IncomingMessage): string | undefined {
  const times = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length
  if (times > 1) throw new HttpError(400, 'The request has more than one `Host` header.')
  if (headers.host === undefined && httpVersion === '1.1') throw new HttpError(400, 'The request has no `Host` header.')
  return headers.host
}

function isValid(host: string): boolean {
  const hasForm = /^(?:[a-z0-9_.~-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(host)
  return hasForm && host.length <= 261 && URL.canParse(`http://${host}`)
}

/** Whether nobody else can own the name. */
function isNobodysElse(name: string): boolean {
  return isIP(name.replace(/^\[|\]$/g, '')) !== 0 || !name.includes('.') || name.endsWith('.localhost')
}

/** Without the port, and without the final dot of a fully qualified name. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase()
}

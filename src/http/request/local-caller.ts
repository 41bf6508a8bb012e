import type { IncomingMessage } from 'node:http'
import { quoted } from '../../contract/quoted.ts'
import { isLocalhost, isLoopback, isLoopbackUrl } from '../../outbound/loopback.ts'
import type { AddressOf } from './address.ts'

/** Headers by which a proxy says that the caller is somebody else. */
const forwarding = /^(forwarded|via|x-real-ip|x-client-ip|true-client-ip|cf-connecting-ip|x-(forwarded|original)-.+)$/

/**
 * Whether a request comes directly from this machine. Stricter than hosts.ts and address.ts: a proxy on this machine has a loopback address
 * as well, whether it is trusted or not.
 * @returns what shows that it does not; `undefined` if nothing does
 */
export function whyNotLocal(request: IncomingMessage, addressOf: AddressOf): string | undefined {
  const { headers } = request
  const header = Object.keys(headers).find((name) => forwarding.test(name))
  if (header) return `this request came through a proxy, which sent the header \`${header}\``
  if (request.httpVersion === '1.0') return 'this request is of HTTP/1.0, which proxies speak'
  if (!isLoopback(addressOf(request))) return 'this request comes from another machine'
  if (!isLocalHost(headers.host)) {
    return `this request is for the host ${quoted(headers.host ?? '')}. Call the gateway as localhost or 127.0.0.1`
  }
  return undefined
}

/** Whether a page of another origin makes a request. @returns what shows that it does; `undefined` if nothing does */
export function whyForeignPage({ headers }: IncomingMessage): string | undefined {
  // A page that sends its origin has been checked: origins.ts. Any other stands out by this header.
  const site = headers['sec-fetch-site']
  const isForeign = headers.origin === undefined && (site === 'cross-site' || site === 'same-site')
  return isForeign ? 'this request comes from a page of another origin' : undefined
}

function isLocalHost(host = ''): boolean {
  const url = URL.parse(`http://${host}`)
  return url !== null && (isLoopbackUrl(url) || isLocalhost(url.hostname))
}

import { isIP } from 'node:net'
import { shortened } from '../contract/quoted.ts'
import { broken, type Issue } from '../contract/user-error.ts'
import { type AllowedNetworks, isCallable } from '../outbound/addresses.ts'
import { isLocalhost, loopback } from '../outbound/loopback.ts'

/**
 * Checks a URL as the destination of webhooks. Looks only at the URL: the address of a name may change, so it is checked whenever a
 * webhook is sent.
 * @returns what is wrong; `undefined` if nothing is
 */
export function wrongWebhookUrl(url: string, allowed: AllowedNetworks): Issue | undefined {
  if (url !== url.trim()) return broken('must not begin or end with white space')
  const port = url.match(/^https?:\/\/[^/?#\\]*:(\d+)(?:[/?#]|$)/i)?.[1]
  if (port && (Number(port) < 1 || Number(port) > 65_535)) {
    return broken(`must have a port from 1 to 65535; it has ${shortened(port)}`)
  }
  // The parser would repair white space, backslashes and missing slashes, but the text is stored as it is.
  const { protocol, username, password, hostname } = (/^https?:\/\/[^\s\\]+$/i.test(url) && URL.parse(url)) || {}
  if (protocol !== 'http:' && protocol !== 'https:')
    return broken('must be an absolute URL that starts with http:// or https://')
  if (username || password)
    return broken('must not contain a user name or password: the secret key identifies the sender')
  if (hostname && !leadsOut(hostname, allowed)) {
    // Who may call this machine is at home, and can change the setting.
    const others = allowsLoopback(allowed) ? ', or to one in the networks of the setting WEBHOOK_ALLOWED_NETWORKS' : ''
    return broken(`must point to a public address${others}`, { reason: 'BLOCKED_ADDRESS' })
  }
  return undefined
}

function leadsOut(hostname: string, allowed: AllowedNetworks): boolean {
  // The URL parser has normalized all spellings of an IPv4 address, such as 2130706433 or 0x7f.1.
  const address = hostname.replace(/^\[|\]$/g, '')
  if (isIP(address)) return isCallable(address, allowed)
  return !isLocalhost(hostname) || allowsLoopback(allowed)
}

function allowsLoopback(allowed: AllowedNetworks): boolean {
  return loopback.some((address) => isCallable(address, allowed))
}

import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Logger } from 'pino'
import proxyAddr from 'proxy-addr'
import { type AllowedNetworks, liesIn } from '../../outbound/addresses.ts'

/** The IP address that a request comes from. Empty if the connection is already gone. */
export type AddressOf = (request: IncomingMessage) => string

/**
 * The address of the socket. If that is a trusted proxy, it is the last address in `X-Forwarded-For` that is not a trusted proxy.
 * Addresses that the client writes there itself come before those that proxies add, and are ignored.
 */
export function createAddressOf(trustedProxies: AllowedNetworks, log: Logger): AddressOf {
  let warned = false
  const warnOnce = (proxy: string) => {
    if (warned) return
    warned = true
    log.warn({ proxy }, 'ignoring X-Forwarded-For: the sender is not in TRUSTED_PROXIES')
  }

  return (request) => {
    const direct = plain(request.socket.remoteAddress ?? '')
    if (!liesIn(trustedProxies, direct)) {
      if (request.headers['x-forwarded-for']) warnOnce(direct)
      return direct
    }
    const forwarded = plain(proxyAddr(request, (hop) => liesIn(trustedProxies, plain(hop))))
    return isIP(forwarded) ? forwarded : direct
  }
}

/** Without the port that some proxies add; an IPv4-mapped address becomes IPv4. */
function plain(address: string): string {
  const [, host = address] = /^\[(.+)\](?::\d+)?$/.exec(address) ?? /^([\d.]+):\d+$/.exec(address) ?? []
  return host.replace(/^::ffff:(?=[\d.]+$)/i, '')
}

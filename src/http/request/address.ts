import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Logger } from 'pino'
import proxyAddr from 'proxy-addr'
import { type AllowedNetworks, liesIn } from '../../outbound/addresses.ts'

/** From where a request comes: an IP address. Empty where the connection is gone already. */
export type AddressOf = (request: IncomingMessage) => string

/**
 * The address of the socket; and where that is a trusted proxy's, the last one in `X-Forwarded-For` that is not. What a client
 * writes there itself stands before what proxies add, and counts for nothing.
 */
export function createAddressOf(trustedProxies: AllowedNetworks, log: Logger): AddressOf {
  let warned = false
  const warnOnce = (proxy: string) => {
    if (warned) return
    warned = true
    log.warn({ proxy }, 'X-Forwarded-For comes from no proxy that TRUSTED_PROXIES names: it does not count')
  }

  return (request) => {
    const direct = plain(request.socket.remoteAddress ?? '')
    if (!liesIn(trustedProxies, direct)) {
      if (request.headers['x-forwarded-for']) warnOnce(direct)
      return direct
    }
    const told = plain(proxyAddr(request, (hop) => liesIn(trustedProxies, plain(hop))))
    return isIP(told) ? told : direct
  }
}

/** Without the port that some proxies add, and IPv4 as such. */
function plain(address: string): string {
  const [, host = address] = /^\[(.+)\](?::\d+)?$/.exec(address) ?? /^([\d.]+):\d+$/.exec(address) ?? []
  return host.replace(/^::ffff:(?=[\d.]+$)/i, '')
}

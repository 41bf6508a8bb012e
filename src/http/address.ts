import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import proxyAddr from 'proxy-addr'
import { type AllowedNetworks, liesIn } from '../webhooks/addresses.ts'

/** From where a request comes: an IP address. Empty where the connection is gone already. */
export type AddressOf = (request: IncomingMessage) => string

/**
 * The address of the socket; and where that is a trusted proxy's, the last one in `X-Forwarded-For` that is not. What a client
 * writes there itself stands before what proxies add, and counts for nothing.
 */
export function addressOf(trustedProxies: AllowedNetworks): AddressOf {
  return (request) => {
    const direct = plain(request.socket.remoteAddress ?? '')
    if (!liesIn(trustedProxies, direct)) return direct
    const told = plain(proxyAddr(request, (hop) => liesIn(trustedProxies, plain(hop))))
    return isIP(told) ? told : direct
  }
}

/** Without the port that some proxies add, and IPv4 as such. */
function plain(address: string): string {
  const [, host = address] = /^\[(.+)\](?::\d+)?$/.exec(address) ?? /^([\d.]+):\d+$/.exec(address) ?? []
  return host.replace(/^::ffff:(?=[\d.]+$)/i, '')
}

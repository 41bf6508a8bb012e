import { BlockList, isIP } from 'node:net'

const loopbackNetworks = new BlockList()
loopbackNetworks.addSubnet('127.0.0.0', 8, 'ipv4')
loopbackNetworks.addAddress('::1', 'ipv6')

/** Whether a host, as a name or an address, can only be this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && loopbackNetworks.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4'))
}

export function isLoopbackUrl({ hostname }: URL): boolean {
  return isLoopback(hostname.replace(/^\[|\]$/g, ''))
}

/** The addresses of `localhost`, whatever a DNS server says. */
export const loopback = ['127.0.0.1', '::1'] as const

/** Whether the name is `localhost` or below it, which RFC 6761 reserves for this machine. */
export function isLocalhost(hostname: string): boolean {
  return /(^|\.)localhost\.?$/i.test(hostname)
}

import { isIPv4, isIPv6 } from 'node:net'

interface Address {
  readonly bits: 32 | 128
  readonly value: bigint
}

interface Network extends Address {
  /** How many of the leading bits count. */
  readonly prefix: number
}

/** Networks that may be called although they are not public. Made by `parseNetworks`. */
export type AllowedNetworks = readonly Network[]

/** In IPv4 everything is public except these. */
const special4 = knownNetworks(
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by the customers of a carrier
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // looks public, but is the host beneath a virtual machine of Azure
  '169.254.0.0/16', // link-local, and the metadata of most clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // relays of 6to4
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
)

/**
 * In IPv6 only this is public. Outside are loopback, link-local and site-local, unique local (fc00::/7), multicast, the discard prefix
 * (100::/64), segment routing (5f00::/16), local NAT64 (64:ff9b:1::/48), and unassigned addresses.
 */
const global6 = knownNetworks('2000::/3')

const special6 = knownNetworks(
  '2001::/23', // protocol assignments: Teredo, ORCHID, benchmarks
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4
  '3fff::/20', // documentation
)

/** Ways to write an IPv4 address: mapped, and NAT64, which IPv6-only networks have for all of IPv4. */
const otherNamesOfIPv4 = knownNetworks('::ffff:0:0/96', '64:ff9b::/96')

const tunnels: readonly { over: AllowedNetworks; endpoints: (value: bigint) => readonly bigint[] }[] = [
  { over: knownNetworks('::/96', '::ffff:0:0:0/96'), endpoints: (value) => [value] }, // compatible, translated
  { over: knownNetworks('2002::/16'), endpoints: (value) => [value >> 80n] }, // 6to4
  { over: knownNetworks('2001::/32'), endpoints: (value) => [value >> 64n, ~value] }, // Teredo: the server, the client
]

/**
 * Whether a webhook may be sent to the address: it is public, or in one of the allowed networks. An address that embeds an IPv4 address
 * is callable only if both are. An address that does not parse, or has a zone (`fe80::1%eth0`), is not callable.
 */
export function isCallable(address: string, allowed: AllowedNetworks): boolean {
  const parsed = parseAddress(address)
  return parsed !== undefined && callable(parsed, allowed)
}

/** Whether the address is in one of the networks; false if it does not parse. */
export function liesIn(networks: AllowedNetworks, address: string): boolean {
  if (networks.length === 0) return false
  const parsed = parseAddress(address)
  return parsed !== undefined && within(networks, parsed)
}

/**
 * @returns what to count callers by. In IPv4 it is the address itself. In IPv6 it is the address's network of 64 bits, because one
 *   machine can use as many addresses of its network as it likes (RFC 6177).
 */
export function siteOf(address: string): string {
  const parsed = isIPv6(address) ? parseAddress(address) : undefined
  return parsed ? `${(parsed.value >> 64n).toString(16)}/64` : address
}

function callable(address: Address, allowed: AllowedNetworks): boolean {
  if (within(otherNamesOfIPv4, address)) return callable(ipv4(address.value), allowed)
  return (isPublic(address) || within(allowed, address)) && embedded(address).every((inner) => callable(inner, allowed))
}

function isPublic(address: Address): boolean {
  return address.bits === 32 ? !within(special4, address) : within(global6, address) && !within(special6, address)
}

function embedded(address: Address): readonly Address[] {
  if (address.bits === 32) return []
  const { value } = address
  // :: and ::1 are in the range of the IPv4-compatible addresses, but do not belong to them (RFC 4291, section 2.5).
  if (value <= 1n) return []
  const endpoints = tunnels.flatMap((tunnel) => (within(tunnel.over, address) ? tunnel.endpoints(value) : []))
  return (isIsatap(value) ? [...endpoints, value] : endpoints).map(ipv4)
}

/** ISATAP has no prefix of its own: the second half is 0000:5efe or 0200:5efe, then the IPv4 address. */
function isIsatap(value: bigint): boolean {
  return ((value >> 32n) & 0xfdff_ffffn) === 0x5efen
}

function ipv4(value: bigint): Address {
  return { bits: 32, value: value & 0xffff_ffffn }
}

function within(networks: readonly Network[], address: Address): boolean {
  return networks.some(({ bits, value, prefix }) => {
    const rest = BigInt(bits - prefix)
    return bits === address.bits && value >> rest === address.value >> rest
  })
}

/**
 * Parses the value of a setting: CIDRs or single addresses, separated by commas.
 * @returns the networks, or what is wrong, to follow the name of the setting
 */
export function parseNetworks(text: string): AllowedNetworks | string {
  const items = text.split(',').flatMap((item) => item.trim() || [])
  const networks = items.map((item) => ({ item, network: parseNetwork(item) }))
  const wrong = networks.find(({ network }) => network === undefined)
  if (wrong) {
    return `must be networks in CIDR notation without bits after the prefix, such as 10.0.0.0/8,fd00::/8; ${wrong.item} is not`
  }
  return networks.flatMap(({ network }) => network ?? [])
}

function parseNetwork(text: string): Network | undefined {
  const [start = '', length] = text.split(/\/(?=\d{1,3}$)/)
  const address = parseAddress(start)
  if (!address) return undefined
  const prefix = Number(length ?? address.bits)
  if (prefix > address.bits) return undefined
  const beyond = (1n << BigInt(address.bits - prefix)) - 1n
  return (address.value & beyond) === 0n ? { ...address, prefix } : undefined
}

function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { bits: 32, value: joined(text.split('.').map(Number), 8n) }
  if (isIPv6(text) && !text.includes('%')) return { bits: 128, value: joined(groupsOf(text), 16n) }
  return undefined
}

function groupsOf(address: string): number[] {
  // A URL writes every IPv6 address in hexadecimal groups, and may leave out the longest run of zeros.
  const [head = [], tail = []] = new URL(`http://[${address}]`).hostname
    .slice(1, -1)
    .split('::')
    .map((half) => (half === '' ? [] : half.split(':').map((group) => Number.parseInt(group, 16))))
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

function joined(parts: readonly number[], size: bigint): bigint {
  return parts.reduce((value, part) => (value << size) | BigInt(part), 0n)
}

function knownNetworks(...cidrs: string[]): AllowedNetworks {
  return cidrs.map((cidr) => {
    const network = parseNetwork(cidr)
    if (!network) throw new Error(`${cidr} is not a network`)
    return network
  })
}

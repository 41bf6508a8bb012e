import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type AllowedNetworks, isCallable } from './addresses.ts'
import { Failure } from './attempt-error.ts'
import { isLocalhost, loopback } from './loopback.ts'
import { lookUpName, type NameLookup } from './name-lookup.ts'

/**
 * Begins to connect a socket to an origin, only to addresses that may be called. Where it may not, or the name is not found, the socket fails
 * with a `Failure`. It is ready at `secureConnect` for https, and at `connect` for http.
 * @param session of an earlier connection to the same origin, to resume
 */
export type OpenSocket = (origin: URL, session: Buffer | undefined) => Socket

export function createOpenSocket(options: {
  allowed: AllowedNetworks
  /** How names are looked up. The addresses it finds are checked. Default: the hosts file, then DNS. */
  lookUp?: NameLookup | undefined
}): OpenSocket {
  const { allowed, lookUp = lookUpName } = options
  const lookup = checkedLookup(lookUp, allowed)
  return ({ protocol, hostname, port }, session) => {
    const host = hostname.replace(/^\[|\]$/g, '')
    const isSecure = protocol === 'https:'
    const to = { host, port: port === '' ? (isSecure ? 443 : 80) : Number(port), lookup, noDelay: true }
    const isAddress = isIP(host) !== 0
    // The look-up is not called for a host that is already an address.
    if (isAddress && !isCallable(host, allowed)) return blocked()
    if (!isSecure) return connectTcp(to)
    const servername = isAddress ? '' : host.replace(/\.$/, '')
    return connectTls({ ...to, ALPNProtocols: ['http/1.1'], servername, ...(session && { session }) })
  }
}

function blocked(): Socket {
  const lookup: LookupFunction = (_name, _options, callback) => callback(new Failure('BLOCKED_ADDRESS'), '')
  return connectTcp({ host: 'blocked.invalid', port: 1, lookup })
}

/** A look-up for sockets. They connect to the addresses that were checked, so a name can't change in between. */
function checkedLookup(lookUp: NameLookup, allowed: AllowedNetworks): LookupFunction {
  const callableAddresses = async (name: string) => {
    if (isLocalhost(name)) return loopback.filter((address) => isCallable(address, allowed))
    const addresses = await lookUp(name).catch((error: unknown) => {
      throw new Failure('DNS', error)
    })
    return addresses.every((address) => isCallable(address, allowed)) ? addresses : []
  }
  return (name, { all }, callback) => {
    callableAddresses(name).then(
      (addresses) => {
        const [first, ...others] = addresses.map((address) => ({ address, family: isIP(address) }))
        if (!first) callback(new Failure('BLOCKED_ADDRESS'), '')
        else if (all) callback(null, [first, ...others])
        else callback(null, first.address, first.family)
      },
      (failure: Failure) => callback(failure, ''),
    )
  }
}

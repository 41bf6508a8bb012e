import { isIP, type LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import { type AllowedNetworks, isCallable } from './addresses.ts'
import { connectingFailed, Failure } from './attempt-error.ts'
import { isLocalhost, loopback } from './loopback.ts'
import { lookUpName, type NameLookup } from './name-lookup.ts'

interface ConnectorOptions {
  /** Milliseconds after which an attempt to open a connection is given up. */
  readonly timeout: number
  readonly allowed: AllowedNetworks
  /** How names are looked up. The addresses it finds are checked. Default: the hosts file, then DNS. */
  readonly lookUp?: NameLookup
  /** Whether a request is waiting for a connection to the origin. */
  readonly isNeeded: (origin: string) => boolean
}

/** Opens connections only to addresses that may be called; fails with a `Failure`. */
export function createCheckedConnector(options: ConnectorOptions): buildConnector.connector {
  const { timeout, allowed, lookUp = lookUpName, isNeeded } = options
  const connect = buildConnector({ timeout, lookup: checkedLookup(lookUp, allowed) } as buildConnector.BuildOptions)
  return (to, callback) => {
    const fail = (failure: Failure) => callback(failure, null)
    // undici opens a new connection for a request that was aborted on another (nodejs/undici#5845).
    if (!isNeeded(`${to.protocol}//${to.host}`)) setImmediate(fail, new Failure('CONNECTION'))
    // The look-up is not called for a host that is already an address.
    else if (isIP(to.hostname) && !isCallable(to.hostname, allowed)) setImmediate(fail, new Failure('BLOCKED_ADDRESS'))
    else connect(to, (error, socket) => (error ? fail(connectingFailed(error, to.protocol)) : callback(null, socket)))
  }
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

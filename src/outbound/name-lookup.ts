import { Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'

/** Finds all addresses of a host name. Rejects if there are none, whatever the reason. */
export type NameLookup = (name: string) => Promise<readonly string[]>

const hostsFile =
  process.platform === 'win32' ? `${process.env.SystemRoot}\\System32\\drivers\\etc\\hosts` : '/etc/hosts'

/**
 * Looks in the hosts file, then asks DNS for IPv4 and IPv6 addresses.
 *
 * Not `dns.lookup`, which blocks a thread for each name: a few names whose servers do not respond would delay all others.
 */
export const lookUpName: NameLookup = async (name) => {
  const bare = name.replace(/\.$/, '')
  const listed = listedAddresses(await readFile(hostsFile, 'utf8').catch(() => ''), bare)
  return listed.length > 0 ? listed : askDns(bare)
}

function listedAddresses(hosts: string, name: string): string[] {
  return hosts.split('\n').flatMap((line) => {
    const [address, ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/)
    return address && names.includes(name.toLowerCase()) ? address : []
  })
}

async function askDns(name: string): Promise<string[]> {
  // A resolver reads the settings of the system only once, when it is created.
  const resolver = new Resolver({ timeout: 2_000, tries: 2 })
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  if (addresses.length === 0) throw new Error(`No address is known for ${name}`)
  return addresses
}

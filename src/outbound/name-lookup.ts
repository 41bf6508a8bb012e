import { Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'

/** Finds all addresses of a host name. Rejects, for whatever reason, where there are none. */
export type NameLookup = (name: string) => Promise<readonly string[]>

const hostsFile =
  process.platform === 'win32' ? `${process.env.SystemRoot}\\System32\\drivers\\etc\\hosts` : '/etc/hosts'

/**
 * Looks into the hosts file, then asks DNS for both kinds of addresses.
 *
 * Not `dns.lookup`, which keeps a thread waiting for each name: a few names whose servers do not answer would hold up
 * those of everyone else.
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
  // A resolver reads the settings of the system once, when it is made.
  const resolver = new Resolver({ timeout: 2_000, tries: 2 })
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  if (addresses.length === 0) throw new Error(`No address is known for ${name}`)
  return addresses
}

import type { RecordWithTtl } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'

/** Finds all addresses of a host name. Rejects if there are none, whatever the reason. */
export type NameLookup = (name: string) => Promise<readonly string[]>

/** Milliseconds to wait for the other kind of address once there is one: a name server may never answer for IPv6 (RFC 8305, section 3). */
const RESOLUTION_DELAY = 50
/** Milliseconds for which addresses are remembered, at most: less if their name server says so. And for which a failure is. */
const LONGEST_KNOWN = 5_000
const FAILURE_KNOWN = 1_000
const MOST_NAMES = 10_000
/** Milliseconds after which the hosts file is read again, and the system is asked for its name servers again. */
const HOSTS_KNOWN = 5_000
const SERVERS_KNOWN = 60_000

const hostsFile =
  process.platform === 'win32' ? `${process.env.SystemRoot}\\System32\\drivers\\etc\\hosts` : '/etc/hosts'

/** An answer, or the question while it is under way. */
interface Answer {
  readonly addresses: Promise<readonly RecordWithTtl[]>
  /** By `performance.now()`. */
  until: number
}

/**
 * Looks in the hosts file, then asks DNS for IPv4 and IPv6 addresses. Whoever asks for a name that is being looked up waits for the same
 * answer. Addresses that come too late for that are there for the next one who asks, as long as the answer is remembered.
 *
 * Not `dns.lookup`, which blocks a thread for each name: a few names whose servers do not respond would delay all others.
 * @param options.servers name servers, with their ports. Default: those of the system
 * @param options.readHosts reads the hosts file of the system by default
 */
export function createNameLookup(
  options: { servers?: readonly string[]; readHosts?: () => Promise<string> } = {},
): NameLookup {
  const { servers, readHosts = () => readFile(hostsFile, 'utf8') } = options
  const answers = new LRUCache<string, Answer>({ max: MOST_NAMES })
  const hosts = keptFor(HOSTS_KNOWN, () => readHosts().then(parseHosts, () => new Map<string, string[]>()))
  const resolver = keptFor(SERVERS_KNOWN, () => {
    const made = new Resolver({ timeout: 2_000, tries: 2 })
    if (servers) made.setServers(servers)
    return made
  })

  const ask = (name: string): Answer => {
    const answer: Answer = { addresses: askDns(resolver(), name), until: Number.POSITIVE_INFINITY }
    answer.addresses.then(
      (found) => {
        const ttl = Math.min(...found.map((record) => record.ttl)) * 1_000
        answer.until = performance.now() + Math.min(ttl, LONGEST_KNOWN)
      },
      () => {
        answer.until = performance.now() + FAILURE_KNOWN
      },
    )
    answers.set(name, answer)
    return answer
  }

  return async (given) => {
    const name = given.replace(/\.$/, '').toLowerCase()
    const listed = (await hosts()).get(name)
    if (listed) return listed
    const known = answers.get(name)
    const { addresses } = known && performance.now() < known.until ? known : ask(name)
    return (await addresses).map(({ address }) => address)
  }
}

/** The lookup of this process. */
export const lookUpName = createNameLookup()

/** @returns the addresses that came in time; later ones are added to the same list */
async function askDns(resolver: Resolver, name: string): Promise<readonly RecordWithTtl[]> {
  const found: RecordWithTtl[] = []
  const answers = [resolver.resolve4(name, { ttl: true }), resolver.resolve6(name, { ttl: true })].map(
    async (records) => void found.push(...(await records)),
  )
  const all = Promise.allSettled(answers)
  await Promise.any(answers).catch((cause: unknown) => {
    throw new Error(`No address is known for ${name}`, { cause })
  })
  await Promise.race([all, delay(RESOLUTION_DELAY)])
  return found
}

function parseHosts(text: string): ReadonlyMap<string, string[]> {
  const hosts = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/)
    if (address) for (const name of names) hosts.set(name, [...(hosts.get(name) ?? []), address])
  }
  return hosts
}

/** @returns what `make` makes, and makes it again if it is older than so many milliseconds */
function keptFor<Value>(milliseconds: number, make: () => Value): () => Value {
  let kept: { value: Value; until: number } | undefined
  return () => {
    if (!kept || performance.now() >= kept.until) kept = { value: make(), until: performance.now() + milliseconds }
    return kept.value
  }
}

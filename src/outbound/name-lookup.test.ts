import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIP } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createNameLookup, lookUpName } from './name-lookup.ts'

type Records = { addresses: string[]; ttl?: number }
/** What a name server knows of a name: `undefined` for no answer at all, no addresses for an empty one. */
type Zone = Record<string, Partial<Record<'A' | 'AAAA', Records>> | 'NXDOMAIN'>

const types = { 1: 'A', 28: 'AAAA' } as const

/** A DNS server (RFC 1035) on a socket. A question to which it has no answer is kept, and may be answered later. */
async function nameServer(zone: Zone) {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  const questions: string[] = []
  const left: { type: 'A' | 'AAAA'; answer: (records: Records) => void }[] = []
  socket.on('message', (message, { port, address }) => {
    const { name, end } = nameIn(message)
    const type = types[message.readUInt16BE(end) as keyof typeof types]
    questions.push(`${name} ${type}`)
    const respond = (code: number, { addresses, ttl = 300 }: Records) => {
      const header = Buffer.from(message.subarray(0, 12))
      header.writeUInt16BE(0x8180 | code, 2)
      for (const [index, count] of [1, addresses.length, 0, 0].entries()) header.writeUInt16BE(count, 4 + 2 * index)
      const records = addresses.map((text) => recordOf(text, ttl))
      socket.send(Buffer.concat([header, message.subarray(12, end + 4), ...records]), port, address)
    }
    const known = zone[name]
    if (known === undefined || known === 'NXDOMAIN') respond(3, { addresses: [] })
    else if (known[type]) respond(0, known[type])
    else left.push({ type, answer: (records) => respond(0, records) })
  })
  const servers = [`127.0.0.1:${socket.address().port}`]
  const lookUp = createNameLookup({ servers, readHosts: async () => '' })
  return { lookUp, servers, questions, left, zone }
}

function nameIn(message: Buffer): { name: string; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 }
}

function recordOf(address: string, ttl: number): Buffer {
  const isV4 = isIP(address) === 4
  const [head = '', tail = ''] = address.split('::').map((half) => half)
  const groups = (half: string) => half.split(':').filter((group) => group !== '')
  const zeros = Array<string>(8 - groups(head).length - groups(tail).length).fill('0')
  const bytes = isV4
    ? Buffer.from(address.split('.').map(Number))
    : Buffer.from([...groups(head), ...zeros, ...groups(tail)].map((group) => group.padStart(4, '0')).join(''), 'hex')
  const fields = Buffer.alloc(12)
  fields.writeUInt16BE(0xc00c, 0)
  fields.writeUInt16BE(isV4 ? 1 : 28, 2)
  fields.writeUInt16BE(1, 4)
  fields.writeUInt32BE(ttl, 6)
  fields.writeUInt16BE(bytes.length, 10)
  return Buffer.concat([fields, bytes])
}

const a = (...addresses: string[]) => ({ addresses })

describe('a host name', () => {
  it('is found in the hosts file, in any case, with or without a dot at the end', async () => {
    for (const name of ['localhost', 'LocalHost', 'localhost.']) {
      const addresses = await lookUpName(name)
      expect(addresses).toContain('127.0.0.1')
      expect(addresses.every((address) => isIP(address))).toBe(true)
    }
  })

  it('that does not exist is an error', async () => {
    await expect(lookUpName('nobody.invalid')).rejects.toThrow('No address is known for nobody.invalid')
  })

  it('has the addresses of both kinds', async () => {
    const { lookUp } = await nameServer({ 'bots.example': { A: a('192.0.2.1', '192.0.2.2'), AAAA: a('2001:db8::1') } })
    expect((await lookUp('bots.example')).toSorted()).toEqual(['192.0.2.1', '192.0.2.2', '2001:db8::1'])
  })

  it('may have addresses of one kind only', async () => {
    const { lookUp } = await nameServer({
      'four.example': { A: a('192.0.2.1'), AAAA: a() },
      'six.example': { A: a(), AAAA: a('2001:db8::1') },
    })
    expect(await lookUp('four.example')).toEqual(['192.0.2.1'])
    expect(await lookUp('six.example')).toEqual(['2001:db8::1'])
  })

  it('without any address is an error', async () => {
    const { lookUp } = await nameServer({ 'none.example': { A: a(), AAAA: a() } })
    await expect(lookUp('none.example')).rejects.toThrow('No address is known for none.example')
  })

  it('in the hosts file is not asked for', async () => {
    const { servers, questions } = await nameServer({})
    const readHosts = async () =>
      '192.0.2.7 bots.example Other.Example # here\n2001:db8::7\tbots.example\n#192.0.2.8 bots.example'
    const lookUp = createNameLookup({ servers, readHosts })
    expect(await lookUp('Bots.Example.')).toEqual(['192.0.2.7', '2001:db8::7'])
    expect(await lookUp('other.example')).toEqual(['192.0.2.7'])
    expect(questions).toEqual([])
  })
})

describe('a name server that does not answer for IPv6', () => {
  it('is not waited for', async () => {
    const { lookUp, left } = await nameServer({ 'bots.example': { A: a('192.0.2.1') } })
    expect(await lookUp('bots.example')).toEqual(['192.0.2.1'])
    expect(left.map(({ type }) => type)).toEqual(['AAAA'])
  })

  it('may answer later: the next one who asks gets these addresses, too, so that they are checked', async () => {
    const { lookUp, left, questions } = await nameServer({ 'bots.example': { A: a('192.0.2.1') } })
    await lookUp('bots.example')
    for (const { answer } of left) answer(a('fd00::1'))
    await expect.poll(() => lookUp('bots.example')).toEqual(['192.0.2.1', 'fd00::1'])
    expect(questions).toHaveLength(2)
  })

  it('is waited for if there is no IPv4 address', async () => {
    const { lookUp, left } = await nameServer({ 'bots.example': { A: a() } })
    const found = lookUp('bots.example')
    await expect.poll(() => left.length).toBe(1)
    left[0]?.answer(a('2001:db8::1'))
    expect(await found).toEqual(['2001:db8::1'])
  })
})

describe('an answer', () => {
  it('is shared by all who ask at the same time, and remembered for those who ask soon after', async () => {
    const { lookUp, questions } = await nameServer({ 'bots.example': { A: a('192.0.2.1'), AAAA: a() } })
    const all = await Promise.all(Array.from({ length: 50 }, () => lookUp('bots.example')))
    expect(new Set(all.flat())).toEqual(new Set(['192.0.2.1']))
    await lookUp('BOTS.example.')
    expect(questions.toSorted()).toEqual(['bots.example A', 'bots.example AAAA'])
  })

  it('is not remembered if its name server says so', async () => {
    const { lookUp, zone } = await nameServer({
      'bots.example': { A: { addresses: ['192.0.2.1'], ttl: 0 }, AAAA: a() },
    })
    expect(await lookUp('bots.example')).toEqual(['192.0.2.1'])
    zone['bots.example'] = { A: a('192.0.2.2'), AAAA: a() }
    expect(await lookUp('bots.example')).toEqual(['192.0.2.2'])
  })

  it('that there is no such name is remembered for a second at most', async () => {
    const { lookUp, zone, questions } = await nameServer({ 'bots.example': 'NXDOMAIN' })
    for (let time = 0; time < 3; time++) await expect(lookUp('bots.example')).rejects.toThrow()
    expect(questions).toHaveLength(2)
    zone['bots.example'] = { A: a('192.0.2.1'), AAAA: a() }
    await expect.poll(() => lookUp('bots.example').catch(() => []), { timeout: 10_000 }).toEqual(['192.0.2.1'])
  })
})

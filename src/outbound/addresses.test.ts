import { describe, expect, it } from 'vitest'
import { type AllowedNetworks, isCallable, parseNetworks } from './addresses.ts'

function networks(text: string): AllowedNetworks {
  const parsed = parseNetworks(text)
  if (typeof parsed === 'string') throw new Error(parsed)
  return parsed
}

/** The first and last address of each range and, if it is surrounded by public ones, the adjacent addresses. */
const ipv4: [range: string, blocked: string[], public_: string[]][] = [
  ['0.0.0.0/8', ['0.0.0.0', '0.255.255.255'], ['1.0.0.0']],
  ['10.0.0.0/8', ['10.0.0.0', '10.255.255.255'], ['9.255.255.255', '11.0.0.0']],
  ['100.64.0.0/10', ['100.64.0.0', '100.127.255.255'], ['100.63.255.255', '100.128.0.0']],
  ['127.0.0.0/8', ['127.0.0.0', '127.0.0.1', '127.255.255.255'], ['126.255.255.255', '128.0.0.0']],
  ['168.63.129.16', ['168.63.129.16'], ['168.63.129.15', '168.63.129.17']],
  ['169.254.0.0/16', ['169.254.0.0', '169.254.169.254', '169.254.255.255'], ['169.253.255.255', '169.255.0.0']],
  ['172.16.0.0/12', ['172.16.0.0', '172.31.255.255'], ['172.15.255.255', '172.32.0.0']],
  ['192.0.0.0/24', ['192.0.0.0', '192.0.0.255'], ['191.255.255.255', '192.0.1.0']],
  ['192.0.2.0/24', ['192.0.2.0', '192.0.2.255'], ['192.0.1.255', '192.0.3.0']],
  ['192.88.99.0/24', ['192.88.99.0', '192.88.99.255'], ['192.88.98.255', '192.88.100.0']],
  ['192.168.0.0/16', ['192.168.0.0', '192.168.255.255'], ['192.167.255.255', '192.169.0.0']],
  ['198.18.0.0/15', ['198.18.0.0', '198.19.255.255'], ['198.17.255.255', '198.20.0.0']],
  ['198.51.100.0/24', ['198.51.100.0', '198.51.100.255'], ['198.51.99.255', '198.51.101.0']],
  ['203.0.113.0/24', ['203.0.113.0', '203.0.113.255'], ['203.0.112.255', '203.0.114.0']],
  ['224.0.0.0/4', ['224.0.0.0', '239.255.255.255'], ['223.255.255.255']],
  ['240.0.0.0/4', ['240.0.0.0', '255.255.255.254', '255.255.255.255'], []],
]

const ipv6: typeof ipv4 = [
  ['::', ['::', '0:0:0:0:0:0:0:0'], []],
  ['::1', ['::1', '0000:0000:0000:0000:0000:0000:0000:0001'], []],
  ['64:ff9b:1::/48', ['64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:808:808'], []],
  ['100::/64', ['100::', '100::ffff:ffff:ffff:ffff'], []],
  ['below 2000::/3', ['1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '1::'], ['2000::', '2000::1']],
  ['2001::/23', ['2001::', '2001:1::1', '2001:2::', '2001:10::', '2001:20::', '2001:1ff:ffff::1'], ['2001:200::']],
  ['2001:db8::/32', ['2001:db8::', '2001:db8:ffff:ffff::1'], ['2001:db7::1', '2001:db9::']],
  ['2002::/16', ['2002::', '2002:808:808::1', '2002:ffff:ffff::'], ['2001:ffff::1', '2003::']],
  ['3fff::/20', ['3fff::', '3fff:fff:ffff::1'], ['3ffe:ffff::1', '3fff:1000::']],
  ['above 2000::/3', ['4000::', '8000::1'], ['3fff:ffff::1']],
  ['5f00::/16', ['5f00::', '5f00:ffff::1'], []],
  ['fc00::/7', ['fc00::', 'fd00:ec2::254', 'fdff:ffff::1'], []],
  ['fe80::/10', ['fe80::', 'fe80::1', 'febf:ffff::1'], []],
  ['fec0::/10', ['fec0::', 'feff:ffff::1'], []],
  ['ff00::/8', ['ff00::', 'ff02::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'], []],
]

describe('every IPv4 and IPv6 address is as public as its range:', () => {
  for (const [range, blocked, beside] of [...ipv4, ...ipv6]) {
    it(range, () => {
      expect(blocked.filter((address) => isCallable(address, []))).toEqual([])
      expect(beside.filter((address) => !isCallable(address, []))).toEqual([])
    })
  }

  it('well-known public addresses may be called', () => {
    for (const address of ['1.1.1.1', '8.8.8.8', '93.184.216.34', '2606:4700:4700::1111', '2a00:1450:4001:812::200e'])
      expect(isCallable(address, [])).toBe(true)
  })
})

describe('an IPv4 address inside an IPv6 address is found:', () => {
  /** `private`: leads to 10.0.0.1 or 127.0.0.1. `public`: 8.8.8.8 in the same form. */
  const forms: Record<string, { private: string[]; public: string; callable: boolean }> = {
    mapped: {
      private: ['::ffff:10.0.0.1', '::ffff:a00:1', '0:0:0:0:0:FFFF:7f00:0001'],
      public: '::ffff:8.8.8.8',
      callable: true,
    },
    NAT64: { private: ['64:ff9b::10.0.0.1', '64:ff9b::7f00:1'], public: '64:ff9b::8.8.8.8', callable: true },
    'IPv4-compatible': { private: ['::10.0.0.1', '::7f00:1'], public: '::8.8.8.8', callable: false },
    'IPv4-translated': {
      private: ['::ffff:0:10.0.0.1', '::ffff:0:7f00:1'],
      public: '::ffff:0:8.8.8.8',
      callable: false,
    },
    '6to4': { private: ['2002:a00:1::', '2002:7f00:1:1::1'], public: '2002:808:808::1', callable: false },
    'Teredo, the server': {
      private: ['2001:0:a00:1:0:0:f7f7:f7f7', '2001:0:7f00:1:8000:63bf:f7f7:f7f7'],
      public: '2001:0:808:808::f7f7:f7f7',
      callable: false,
    },
    'Teredo, the client': {
      private: ['2001:0:808:808:0:0:f5ff:fffe', '2001:0:808:808::80ff:fffe'],
      public: '2001:0:808:808::f7f7:f7f7',
      callable: false,
    },
    ISATAP: {
      private: ['2a00:1::5efe:10.0.0.1', '2a00:1::200:5efe:7f00:1'],
      public: '2a00:1::200:5efe:808:808',
      callable: true,
    },
  }
  const everyIPv6 = networks('::/0')
  for (const [form, { private: hidden, public: open, callable }] of Object.entries(forms)) {
    it(form, () => {
      expect(hidden.filter((address) => isCallable(address, []))).toEqual([])
      expect(isCallable(open, [])).toBe(callable)
      // Allowing the IPv6 network does not allow the IPv4 address inside.
      expect(hidden.filter((address) => isCallable(address, everyIPv6))).toEqual([])
      expect(isCallable(open, everyIPv6)).toBe(true)
      const both = networks('::/0, 10.0.0.0/8, 127.0.0.0/8')
      expect(hidden.filter((address) => !isCallable(address, both))).toEqual([])
    })
  }
})

describe('text that is not an address', () => {
  const none = [
    '',
    'localhost',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '8.8.8.8/32',
    '[::1]',
    ' 8.8.8.8',
    '1.2.3',
  ]
  const zones = ['fe80::1%eth0', '2606:4700:4700::1111%1', '::ffff:8.8.8.8%lo']
  for (const address of [...none, ...zones, '8.8.8.256', '2606:4700::1::1', '8.8.8.8\n']) {
    it(`is not called: ${JSON.stringify(address)}`, () => {
      expect(isCallable(address, networks('0.0.0.0/0,::/0'))).toBe(false)
    })
  }
})

describe('allowed networks', () => {
  it('allow the addresses that they contain, and no adjacent ones', () => {
    const allowed = networks(' 127.0.0.0/8, 192.168.7.9,fd12:3456::/32 ,')
    for (const address of ['127.0.0.1', '192.168.7.9', 'fd12:3456:ffff::1', '::ffff:127.0.0.1', '8.8.8.8'])
      expect(isCallable(address, allowed)).toBe(true)
    for (const address of ['::1', '192.168.7.8', '192.168.7.10', 'fd12:3457::1', '10.0.0.1'])
      expect(isCallable(address, allowed)).toBe(false)
  })

  it('allow the loopback and unspecified addresses of IPv6 if these are listed, and no other address that begins with zeros', () => {
    for (const address of ['::', '::1']) {
      expect(isCallable(address, networks(`${address}/128`))).toBe(true)
      expect(isCallable('::2', networks('::/96'))).toBe(false)
    }
  })

  it('may be empty', () => {
    expect(parseNetworks('')).toEqual([])
    expect(parseNetworks(' , ')).toEqual([])
  })

  const wrong = [
    '10.0.0.0/33',
    '::/129',
    '10.0.0.1/8',
    'fd00::1/8',
    '10/8',
    'localhost',
    '10.0.0.0/',
    '10.0.0.0/a',
    '/8',
  ]
  for (const one of [...wrong, 'fe80::%eth0/64', '10.0.0.0-10.0.0.9', '10.0.0.0/8/8', '10.0.0.0/-1']) {
    it(`cannot contain ${one}`, () => {
      expect(parseNetworks(`127.0.0.0/8, ${one}`)).toBe(
        `must be networks in CIDR notation without bits after the prefix, such as 10.0.0.0/8,fd00::/8; ${one} is not`,
      )
    })
  }
})

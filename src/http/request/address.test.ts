import type { IncomingMessage } from 'node:http'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { type AllowedNetworks, parseNetworks, siteOf } from '../../outbound/addresses.ts'
import { createAddressOf } from './address.ts'

const proxies = parseNetworks('10.0.0.0/8,127.0.0.1,fd00::/8') as AllowedNetworks

function address(socket: string | undefined, forwarded?: string, trusted = proxies): string {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  return createAddressOf(
    trusted,
    pino({ level: 'silent' }),
  )({ headers, socket: { remoteAddress: socket } } as unknown as IncomingMessage)
}

describe('the address of a caller', () => {
  const cases: [name: string, socket: string | undefined, forwarded: string | undefined, address: string][] = [
    ['is the socket’s', '192.0.2.1', undefined, '192.0.2.1'],
    ['is the socket’s, as IPv4 if it is a mapped address', '::ffff:192.0.2.1', undefined, '192.0.2.1'],
    ['is the socket’s, whatever an untrusted caller claims', '192.0.2.1', '198.51.100.7', '192.0.2.1'],
    ['is the one that a trusted proxy reports', '10.1.2.3', '198.51.100.7', '198.51.100.7'],
    ['is the one that a trusted proxy on an IPv6 socket reports', '::ffff:10.1.2.3', '2001:db8::1', '2001:db8::1'],
    [
      'is the one that the first of several trusted proxies reports',
      '10.1.2.3',
      '198.51.100.7, fd00::1, 10.9.9.9',
      '198.51.100.7',
    ],
    ['is not the one that the client claims to the proxy', '10.1.2.3', '203.0.113.9, 198.51.100.7', '198.51.100.7'],
    ['does not include the port', '10.1.2.3', '198.51.100.7:5678', '198.51.100.7'],
    ['does not include the port, in IPv6', '10.1.2.3', '[2001:db8::1]:5678', '2001:db8::1'],
    ['is the proxy’s if the proxy reports nothing useful', '10.1.2.3', 'unknown', '10.1.2.3'],
    ['is empty if the connection is gone', undefined, '198.51.100.7', ''],
  ]
  for (const [name, socket, forwarded, expected] of cases) {
    it(name, () => {
      expect(address(socket, forwarded)).toBe(expected)
    })
  }

  it('is the socket’s if no proxy is trusted', () => {
    expect(address('10.1.2.3', '198.51.100.7', [])).toBe('10.1.2.3')
  })
})

describe('a proxy that is not trusted', () => {
  it('is reported once, because all of its callers seem to be the same', () => {
    const lines: string[] = []
    const of = createAddressOf(proxies, pino({}, { write: (line) => lines.push(line) }))
    const request = { headers: { 'x-forwarded-for': '198.51.100.7' }, socket: { remoteAddress: '192.0.2.1' } }
    for (let times = 0; times < 2; times++) of(request as unknown as IncomingMessage)
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ proxy: '192.0.2.1' }])
  })
})

describe('the caller counted for an address', () => {
  it('is a single IPv4 address, or a network of 64 bits in IPv6', () => {
    expect(siteOf('192.0.2.1')).not.toBe(siteOf('192.0.2.2'))
    expect(siteOf('2001:db8::1')).toBe(siteOf('2001:db8:0:0:ffff::2'))
    expect(siteOf('2001:db8::1')).not.toBe(siteOf('2001:db8:0:1::1'))
  })
})

import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { parseNetworks } from '../../outbound/addresses.ts'
import { createLog } from '../../process/log.ts'
import { createAddressOf } from './address.ts'
import { whyForeignPage, whyNotLocal } from './local-caller.ts'

const trusted = parseNetworks('127.0.0.1')
if (typeof trusted === 'string') throw new Error(trusted)
const addressOf = createAddressOf(trusted, createLog('silent'))

/** Why a request of this machine to `localhost:4000` is not local, with these headers or from this address. */
const reason = (headers: Record<string, string> = {}, remoteAddress: string | undefined = '127.0.0.1') => {
  const request = { headers: { host: 'localhost:4000', ...headers }, socket: { remoteAddress } } as IncomingMessage
  return whyNotLocal(request, addressOf) ?? whyForeignPage(request)
}

describe('a caller', () => {
  it.each(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])('at %s is on this machine', (address) => {
    expect(reason({}, address)).toBeUndefined()
  })

  it.each(['192.0.2.1', '10.0.0.1', '::ffff:192.0.2.1', 'fe80::1', ''])('at "%s" is not', (address) => {
    expect(reason({}, address)).toMatch(/another machine$/)
  })

  it.each(['localhost', 'LOCALHOST:1', 'localhost.', 'bots.localhost', '127.0.0.1:4000', '127.9.9.9', '[::1]:4000'])(
    'may call this machine %s',
    (host) => {
      expect(reason({ host })).toBeUndefined()
    },
  )

  it.each([
    'gateway',
    'gateway.example',
    '192.0.2.1',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '[fe80::1]',
    '',
  ])('may not call it "%s", which is how a proxy would call it', (host) => {
    expect(reason({ host })).toMatch(/ is for the host /)
  })

  it.each([
    ['x-forwarded-for', '192.0.2.1'],
    ['x-forwarded-for', '127.0.0.1'],
    ['x-forwarded-proto', 'https'],
    ['x-real-ip', '127.0.0.1'],
    ['forwarded', 'for=192.0.2.1'],
    ['via', '1.1 proxy'],
  ])('behind a proxy that sends %s: %s is elsewhere, whether the proxy is trusted or not', (name, value) => {
    for (const proxy of ['127.0.0.1', '::1']) expect(reason({ [name]: value }, proxy)).toContain(`\`${name}\``)
  })

  it.each(['cross-site', 'same-site'])('that a browser calls %s is a page of another origin', (site) => {
    expect(reason({ 'sec-fetch-site': site })).toMatch(/page of another origin$/)
  })

  it.each([
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-mode': 'cors' },
    { 'sec-fetch-site': 'cross-site', origin: 'https://app.example.com' },
  ])('with %o is left to the check of origins', (headers) => {
    expect(reason(headers)).toBeUndefined()
  })
})

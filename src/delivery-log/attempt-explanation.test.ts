import { describe, expect, it } from 'vitest'
import type { AttemptTimings } from '../outbound/attempt-detail.ts'
import { explanationOf } from './attempt-explanation.ts'
import type { WebhookAttempt } from './webhook-delivery.ts'

const none = { lookup: null, connect: null, tls: null, firstByte: null, read: null }

function explained(
  error: WebhookAttempt['error'],
  known: {
    status?: number
    cause?: string
    address?: string
    timings?: Partial<AttemptTimings>
    retryAfter?: string
    ping?: boolean
  } | null = {},
): string | null {
  const { status = null, cause = null, address = null, timings, retryAfter, ping = false } = known ?? {}
  const responseHeaders = retryAfter === undefined ? [] : [['retry-after', retryAfter] as const]
  return explanationOf({
    ...{
      deliveryId: 'dlv_1',
      number: 1,
      startedAt: new Date('2026-11-27T10:00:00Z'),
      ping,
      durationMs: 10_002,
      statusCode: status,
      error,
    },
    ...{ responseBody: null, responseBodyCut: false, replay: false, gateway: null },
    detail: known && { address, cause, timings: { ...none, ...timings }, requestHeaders: [], responseHeaders },
  })
}

describe('the explanation of an attempt', () => {
  it('is absent if it succeeded', () => expect(explained(null, { status: 204 })).toBeNull())

  for (const [status, says] of [
    [302, 'a redirect (302)'],
    [401, 'Compare the secret key'],
    [404, 'nothing at the path'],
    [410, 'call `enableWebhooks`'],
    [418, 'refused the webhook (418)'],
    [429, '`Retry-After`'],
    [500, 'failed to handle the webhook (500)'],
    [503, 'not available'],
  ] as const) {
    it(`tells what to do about the status ${status}`, () =>
      expect(explained('HTTP_STATUS', { status })).toContain(says))
  }

  const waits: [status: number, retryAfter: string | undefined, ping: boolean, says: string][] = [
    [
      429,
      '1',
      false,
      ' (429). It asked to wait for 1 s, which does not count as a failure as long as the retry schedule lasts.',
    ],
    [429, 'Fri, 27 Nov 2026 10:01:10 GMT', false, ' It asked to wait for 60 s, which'],
    [429, undefined, false, ' (429). If it sends `Retry-After`, this does not count as a failure.'],
    [429, 'soon', false, ' (429). If it sends `Retry-After`, this does not count as a failure.'],
    [429, '1', true, ' at the moment (429).'],
    [503, '5', false, ' It asked to wait for 5 s, so the next attempt is no earlier.'],
    [503, undefined, false, ' is not overloaded.'],
    [503, '5', true, ' is not overloaded.'],
    [500, '5', false, ' Look in the log of the server.'],
  ]
  for (const [status, retryAfter, ping, says] of waits) {
    it(`says whether to wait after ${status}, Retry-After: ${retryAfter}${ping ? ', of a ping' : ''}`, () => {
      const explanation = explained('HTTP_STATUS', { status, ping, ...(retryAfter !== undefined && { retryAfter }) })
      if (says.endsWith('.')) expect(explanation?.endsWith(says)).toBe(true)
      else expect(explanation).toContain(says)
    })
  }

  const phases: [timings: Partial<AttemptTimings>, says: string][] = [
    [{}, 'All connections to this destination were busy for 10 s'],
    [{ lookup: 10_000 }, 'was not resolved within 10 s'],
    [{ lookup: 1, connect: 9_999 }, 'No connection to 192.0.2.1:443 could be opened'],
    [{ connect: 1, tls: 9_999 }, 'TLS handshake with 192.0.2.1:443'],
    [{ connect: 1, tls: 1, firstByte: 9_998 }, 'did not respond within 10 s'],
    [{ firstByte: 1, read: 9_999 }, 'was not complete after 10 s'],
  ]
  for (const [timings, says] of phases) {
    it(`names the phase in which the time ran out: ${says}`, () =>
      expect(explained('TIMEOUT', { timings, address: '192.0.2.1:443' })).toContain(says))
  }

  it('names no address that the viewer may not see', () => {
    expect(explained('CONNECTION_REFUSED')).toMatch(/^Nothing listens at the address of the URL\./)
    expect(explained('CONNECTION_RESET', null)).toMatch(/^The connection to the address of the URL was closed/)
  })

  it('tells a certificate from other trouble with TLS', () => {
    expect(explained('TLS', { cause: 'CERT_HAS_EXPIRED' })).toContain('has expired')
    expect(explained('TLS', { cause: 'EPROTO' })).toContain('TLS failed (EPROTO)')
    expect(explained('TLS', null)).toContain('TLS failed. Check')
  })

  it('tells what is not HTTP from a missing route, and from a request that could not be made', () => {
    expect(explained('CONNECTION', { address: '192.0.2.1:80' })).toContain('from 192.0.2.1:80 is not HTTP/1.1')
    expect(explained('CONNECTION', { cause: 'EHOSTUNREACH' })).toContain('no route')
    expect(explained('CONNECTION', null)).toContain('could not make the request')
  })

  it('is there for each error', () => {
    for (const error of ['DNS', 'BLOCKED_ADDRESS', 'INTERRUPTED', 'RESPONSE_BROKEN_OFF', 'TIMEOUT'] as const) {
      for (const known of [{}, null]) expect(explained(error, known)).toMatch(/^(The|All) .{40,}\.$/)
    }
  })
})

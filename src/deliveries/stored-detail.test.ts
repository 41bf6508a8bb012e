import { expect, it } from 'vitest'
import { requestHeaders } from '../outbound/request-text.ts'
import { detailOf, storedDetail } from './stored-detail.ts'

const given = {
  'content-type': 'application/json',
  'user-agent': 'bot-agent-gateway',
  'webhook-id': 'dlv_1',
  'webhook-timestamp': '1767323045',
  'webhook-signature': `v1,${'x'.repeat(44)}`,
}
const headers = (more: Record<string, string> = {}) =>
  requestHeaders(new URL('https://bots.example.com/x'), { ...given, ...more }, '{}')
const detail = {
  address: '203.0.113.7:443',
  cause: null,
  timings: { lookup: 1, connect: 2, tls: null, firstByte: 0, read: 3 },
  requestHeaders: headers(),
  responseHeaders: [['date', 'Sun, 06 Nov 1994 08:49:37 GMT']],
} as const

it('what is stored of an attempt is short, and gives the same detail again', () => {
  const text = JSON.stringify(storedDetail(detail))
  expect(text.length).toBeLessThan(240)
  expect(detailOf(JSON.parse(text), 'dlv_1')).toEqual(detail)
})

it('headers that other webhooks do not have, or with another value, are stored as they are', () => {
  const others = headers({ authorization: '…', 'user-agent': 'other' })
  const stored = storedDetail({ ...detail, requestHeaders: others, cause: 'ECONNREFUSED', address: null })
  const { requestHeaders: read, ...rest } = detailOf(stored, 'dlv_1')
  expect(read.toSorted()).toEqual(others.toSorted())
  expect(rest).toMatchObject({ cause: 'ECONNREFUSED', address: null })
})

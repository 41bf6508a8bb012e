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
  responseHeaders: [
    ['date', 'Sun, 06 Nov 1994 08:49:37 GMT'],
    ['connection', 'keep-alive'],
    ['content-length', '0'],
  ],
} as const

const of = { deliveryId: 'dlv_1', startedAt: new Date('2026-01-02T03:04:05.678Z') }

it('what is stored of an attempt is short, and gives the same detail again', () => {
  const text = JSON.stringify(storedDetail(detail, of.startedAt))
  expect(text.length).toBeLessThan(210)
  expect(detailOf(JSON.parse(text), of)).toEqual(detail)
})

it('an attempt over an open connection, or with the timestamp of another second, gives the same detail again', () => {
  const open = { ...detail, timings: { lookup: null, connect: null, tls: null, firstByte: 4, read: null } }
  expect(detailOf(storedDetail(open, of.startedAt), of)).toEqual(open)
  const later = { ...of, startedAt: new Date('2026-01-02T03:04:06.001Z') }
  expect(detailOf(storedDetail(detail, later.startedAt), later)).toEqual(detail)
})

it('what earlier releases have stored is read', () => {
  const stored = {
    ms: [1, 2, null, 0, 3],
    sent: ['bots.example.com', '1767323045', given['webhook-signature'], '2'],
    received: detail.responseHeaders,
  }
  expect(detailOf(stored, of)).toEqual({ ...detail, address: null })
})

it('headers that other webhooks do not have, or with another value, are stored as they are', () => {
  const others = headers({ authorization: '…', 'user-agent': 'other' })
  const stored = storedDetail({ ...detail, requestHeaders: others, cause: 'ECONNREFUSED', address: null }, of.startedAt)
  const { requestHeaders: read, ...rest } = detailOf(stored, of)
  expect(read.toSorted()).toEqual(others.toSorted())
  expect(rest).toMatchObject({ cause: 'ECONNREFUSED', address: null })
})

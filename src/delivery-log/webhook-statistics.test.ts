import { expect, it } from 'vitest'
import { demandFewRows, type StatisticsInterval, statisticsRange } from './webhook-statistics.ts'

const now = new Date('2026-11-27T10:20:30.400Z')
const range = (interval: StatisticsInterval, from?: string, to?: string) => {
  const asked = statisticsRange({ interval, from: from ? new Date(from) : null, to: to ? new Date(to) : null }, now)
  return `${asked.from.toISOString()} ${asked.to.toISOString()}`
}

it('without a time it is the last hour, day or 30 days, with the bucket that is under way', () => {
  expect(range('MINUTE')).toBe('2026-11-27T09:20:00.000Z 2026-11-27T10:21:00.000Z')
  expect(range('HOUR')).toBe('2026-11-26T10:00:00.000Z 2026-11-27T11:00:00.000Z')
  expect(range('DAY')).toBe('2026-10-28T00:00:00.000Z 2026-11-28T00:00:00.000Z')
})

it('buckets that the time cuts are whole, and none lies in the future', () => {
  expect(range('HOUR', '2026-11-27T01:59:59.999Z', '2026-11-27T03:00:00.000Z')).toBe(
    '2026-11-27T01:00:00.000Z 2026-11-27T03:00:00.000Z',
  )
  expect(range('HOUR', '2026-11-27T01:00:00Z', '2026-11-27T03:00:00.001Z')).toBe(
    '2026-11-27T01:00:00.000Z 2026-11-27T04:00:00.000Z',
  )
  expect(range('HOUR', '2026-11-27T10:00:00Z', '2027-01-01T00:00:00Z')).toBe(
    '2026-11-27T10:00:00.000Z 2026-11-27T11:00:00.000Z',
  )
})

it('what is no longer kept is refused, and so is a time that ends before it begins', () => {
  expect(range('MINUTE', '2026-11-26T10:20:30.400Z')).toContain('2026-11-26T10:20:00.000Z')
  expect(() => range('MINUTE', '2026-11-26T10:18:59.999Z')).toThrow(/kept for the last 24 hours.*2026-11-26T10:18:59/)
  expect(range('HOUR', '2026-11-26T10:20:30.399Z')).toContain('2026-11-26T10:00:00.000Z')
  expect(() => range('DAY', '2026-10-27T10:20:30Z')).toThrow('kept for the last 30 days')
  expect(() => range('HOUR', '2026-11-27T05:00:00Z', '2026-11-27T05:00:00Z')).toThrow('`from` must be before `to`')
  expect(() => range('HOUR', '2026-11-28T05:00:00Z')).toThrow('not in the future')
  expect(() => range('HOUR', undefined, '2026-01-01T00:00:00Z')).toThrow(/kept for the last 30 days.*2026-01-01/)
})

it('a caller whose clock is a little behind gets the last 24 hours and 30 days, and days since midnight', () => {
  expect(range('MINUTE', '2026-11-26T10:20:00.000Z')).toContain('2026-11-26T10:20:00.000Z')
  expect(range('HOUR', '2026-10-28T10:20:00.000Z')).toContain('2026-10-28T10:00:00.000Z')
  expect(range('DAY', '2026-10-28T00:00:00.000Z')).toContain('2026-10-28T00:00:00.000Z')
})

it('the longer the time, the fewer bot agents may be named', () => {
  const days = statisticsRange({ interval: 'DAY' }, now)
  const hours = statisticsRange({ interval: 'HOUR' }, now)
  demandFewRows(days, 50)
  demandFewRows(hours, 500)
  expect(() => demandFewRows(days, 51)).toThrow('it may name 50')
})

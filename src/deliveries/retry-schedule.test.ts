import { describe, expect, it } from 'vitest'
import { delayBefore, parseRetrySchedule } from './retry-schedule.ts'

describe('a retry schedule', () => {
  const good: [text: string, milliseconds: number[]][] = [
    ['5s,30s,2m,10m,1h,6h,24h', [5_000, 30_000, 120_000, 600_000, 3_600_000, 21_600_000, 86_400_000]],
    ['100ms', [100]],
    [' 1.5s , 2s ', [1_500, 2_000]],
    ['30d', [30 * 86_400_000]],
  ]
  for (const [text, milliseconds] of good) {
    it(`can be ${JSON.stringify(text)}`, () => {
      expect(parseRetrySchedule(text)).toEqual(milliseconds)
    })
  }

  for (const text of ['', '5', '5s,', ',5s', '5s,,2m', '5s;30s', '5s,soon', '-5s', '0s', '0.1ms', '31d', '9e9d']) {
    it(`cannot be ${JSON.stringify(text)}`, () => {
      expect(parseRetrySchedule(text)).toBe(
        'must be a comma-separated list of delays of up to 30d, each a number with ms, s, m, h or d, such as 5s,30s,2m',
      )
    })
  }

  it('has at most 100 delays', () => {
    const delays = (count: number) => Array(count).fill('1s').join(',')
    expect(parseRetrySchedule(delays(100))).toHaveLength(100)
    expect(parseRetrySchedule(delays(101))).toBe('must have at most 100 delays; it has 101')
  })
})

describe('the delay before the next attempt', () => {
  const schedule = [5_000, 30_000, 2 * 86_400_000]
  const random = () => 0.5

  it('follows the schedule until the attempts are used up', () => {
    expect([1, 2, 3, 4, 5].map((failures) => delayBefore(failures, schedule, { random }))).toEqual([
      ...schedule,
      undefined,
      undefined,
    ])
  })

  it('varies by 20 %', () => {
    expect(delayBefore(1, schedule, { random: () => 0 })).toBe(4_000)
    expect(delayBefore(1, schedule, { random: () => 0.25 })).toBe(4_500)
    expect(delayBefore(1, schedule, { random: () => 1 })).toBe(6_000)
    const delays = Array.from({ length: 1_000 }, () => delayBefore(1, schedule) ?? 0)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(4_000)
    expect(Math.max(...delays)).toBeLessThanOrEqual(6_000)
    expect(new Set(delays).size).toBeGreaterThan(100)
  })

  const cases: [name: string, failures: number, retryAfterMs: number | null, delay: number | undefined][] = [
    ['waits for as long as the receiver asks', 1, 60_000, 60_000],
    ['is never made shorter', 1, 1_000, 5_000],
    ['is not changed by a time that has passed', 1, -1_000, 5_000],
    ['waits for 24 hours at most', 1, 7 * 86_400_000, 86_400_000],
    ['waits for 24 hours even if asked to wait forever', 1, Number.POSITIVE_INFINITY, 86_400_000],
    ['stays longer than that if the schedule says so', 3, 60_000, 2 * 86_400_000],
    ['is the schedule’s if the receiver asks for nothing', 2, null, 30_000],
    ['is undefined once the attempts are used up', 4, 60_000, undefined],
  ]
  for (const [name, failures, retryAfterMs, delay] of cases) {
    it(name, () => {
      expect(delayBefore(failures, schedule, { random, retryAfterMs })).toBe(delay)
    })
  }
})

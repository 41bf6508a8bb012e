import { describe, expect, it } from 'vitest'
import { afterFailure, type FailedAttempt, parseRetrySchedule } from './retry-schedule.ts'

describe('a retry schedule', () => {
  const good: [text: string, milliseconds: number[]][] = [
    ['5s,30s,2m,10m,1h,6h,24h', [5_000, 30_000, 120_000, 600_000, 3_600_000, 21_600_000, 86_400_000]],
    ['100ms', [100]],
    [' 1.5s , 2s ', [1_500, 2_000]],
    ['30d', [30 * 86_400_000]],
    ['', []],
    [' ', []],
  ]
  for (const [text, milliseconds] of good) {
    it(`can be ${JSON.stringify(text)}`, () => {
      expect(parseRetrySchedule(text)).toEqual(milliseconds)
    })
  }

  for (const text of [',', '5', '5s,', ',5s', '5s,,2m', '5s;30s', '5s,soon', '-5s', '0s', '0.1ms', '31d', '9e9d']) {
    it(`cannot be ${JSON.stringify(text)}`, () => {
      expect(parseRetrySchedule(text)).toBe(
        'must be a comma-separated list of delays of up to 30d, each a number with ms, s, m, h or d, such as 5s,30s,2m, or empty for no retries',
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
  const half = () => 0.5
  const failed = (of: Partial<FailedAttempt>): FailedAttempt => ({
    ...{ failures: 0, ageMs: 0, statusCode: 500, retryAfterMs: null },
    ...of,
  })
  const delayAfter = (of: Partial<FailedAttempt>, random = half) => afterFailure(failed(of), schedule, random).delay

  it('follows the schedule until the attempts are used up', () => {
    const failures = [0, 1, 2, 3, 4]
    expect(failures.map((failures) => afterFailure(failed({ failures }), schedule, half))).toEqual(
      [...schedule, undefined, undefined].map((delay, index) => ({ failures: index + 1, delay })),
    )
  })

  it('varies by 20 %', () => {
    expect(delayAfter({}, () => 0)).toBe(4_000)
    expect(delayAfter({}, () => 0.25)).toBe(4_500)
    expect(delayAfter({}, () => 1)).toBe(6_000)
    const delays = Array.from({ length: 1_000 }, () => delayAfter({}, Math.random) ?? 0)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(4_000)
    expect(Math.max(...delays)).toBeLessThanOrEqual(6_000)
    expect(new Set(delays).size).toBeGreaterThan(100)
  })

  it('is undefined if the schedule is empty, also if the receiver asks for a delay', () => {
    for (const statusCode of [429, 500]) {
      const attempt = failed({ statusCode, retryAfterMs: 60_000 })
      expect(afterFailure(attempt, [], half)).toEqual({ failures: 1, delay: undefined })
    }
  })

  const cases: [name: string, failures: number, retryAfterMs: number | null, delay: number | undefined][] = [
    ['waits for as long as the receiver asks', 0, 60_000, 60_000],
    ['is never made shorter', 0, 1_000, 5_000],
    ['is not changed by a time that has passed', 0, -1_000, 5_000],
    ['waits for 24 hours at most', 0, 7 * 86_400_000, 86_400_000],
    ['waits for 24 hours even if asked to wait forever', 0, Number.POSITIVE_INFINITY, 86_400_000],
    ['stays longer than that if the schedule says so', 2, 60_000, 2 * 86_400_000],
    ['is the schedule’s if the receiver asks for nothing', 1, null, 30_000],
    ['is undefined once the attempts are used up', 3, 60_000, undefined],
  ]
  for (const [name, failures, retryAfterMs, delay] of cases) {
    it(name, () => {
      for (const statusCode of [500, 503]) expect(delayAfter({ failures, retryAfterMs, statusCode })).toBe(delay)
    })
  }
})

describe('an attempt that was throttled: 429 with Retry-After', () => {
  const schedule = [5_000, 30_000, 3_600_000]
  const total = 3_635_000
  const throttled = (of: Partial<FailedAttempt>, random = () => 0) =>
    afterFailure({ failures: 2, ageMs: 0, statusCode: 429, retryAfterMs: 60_000, ...of }, schedule, random)

  it('uses up nothing of the schedule', () => {
    expect(throttled({})).toEqual({ failures: 2, delay: 60_000 })
    expect(throttled({ failures: 3 })).toEqual({ failures: 3, delay: 60_000 })
  })

  it('is retried up to 20 % later than asked for, so that those that were throttled together do not come back together', () => {
    expect(throttled({}, () => 1).delay).toBe(72_000)
  })

  it('waits at least for the first delay of the schedule, and for a tenth of its age', () => {
    expect(throttled({ retryAfterMs: 0 }).delay).toBe(4_000)
    expect(throttled({ retryAfterMs: 0, ageMs: 200_000 }).delay).toBe(20_000)
    expect(throttled({ retryAfterMs: 60_000, ageMs: 200_000 }).delay).toBe(60_000)
  })

  it('waits for about 24 hours at most', () => {
    expect(throttled({ retryAfterMs: Number.POSITIVE_INFINITY }, () => 1).delay).toBe(1.2 * 86_400_000)
  })

  it('counts once the delivery is as old as the whole schedule', () => {
    expect(throttled({ ageMs: total - 1 }).failures).toBe(2)
    expect(throttled({ ageMs: total })).toEqual({ failures: 3, delay: 2_880_000 })
    expect(throttled({ ageMs: total, failures: 3 })).toEqual({ failures: 4, delay: undefined })
  })

  it('counts without a Retry-After', () => {
    expect(throttled({ retryAfterMs: null }).failures).toBe(3)
  })

  it('again and again ends after about a hundred attempts, however short the delay that is asked for', () => {
    const usual = [5, 30, 120, 600, 3_600, 21_600, 86_400].map((seconds) => seconds * 1_000)
    for (const random of [() => 0, Math.random, () => 1]) {
      let [attempts, ageMs, failures] = [0, 0, 0]
      for (let delay: number | undefined = 0; delay !== undefined; ageMs += delay ?? 0) {
        attempts += 1
        ;({ failures, delay } = afterFailure({ failures, ageMs, statusCode: 429, retryAfterMs: 0 }, usual, random))
      }
      expect(failures).toBe(8)
      expect(attempts).toBeLessThan(130)
    }
  })
})

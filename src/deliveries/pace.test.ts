import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Claimed } from './claimed.ts'
import { Pace } from './pace.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const deliver = (id: string, of: { pacedMs?: number; spacingMs?: number; botAgentId?: string } = {}) =>
  ({ id, botAgentId: 'bot', pacedMs: 0, spacingMs: 100, ...of }) as Claimed

function setUp({ hasRoom = () => true }: { hasRoom?: () => boolean } = {}) {
  const begun: [id: string, at: number][] = []
  const start = performance.now()
  const pace: Pace = new Pace({
    onTurn: (delivery) => {
      if (!hasRoom()) return
      begun.push([delivery.id, Math.round(performance.now() - start)])
      pace.began(delivery)
    },
  })
  return { pace, begun }
}

it('deliveries begin evenly spaced, of each bot agent by itself', () => {
  const { pace, begun } = setUp()
  for (const id of ['1', '2', '3']) pace.wait(deliver(id, { pacedMs: 30 }))
  pace.wait(deliver('other', { botAgentId: 'other' }))
  vi.advanceTimersByTime(1_000)
  expect(begun.map(([id]) => id)).toEqual(['other', '1', '2', '3'])
  const [, first = 0, second = 0, third = 0] = begun.map(([, at]) => at)
  expect(first).toBeGreaterThanOrEqual(25)
  for (const gap of [second - first, third - second]) expect(gap).toBeGreaterThanOrEqual(95)
  expect(third).toBeLessThan(260)
})

it('a claim that was answered sooner than the one before does not bring them closer', () => {
  const { pace, begun } = setUp()
  pace.wait(deliver('1', { pacedMs: 50 }))
  vi.advanceTimersByTime(60)
  pace.wait(deliver('2', { pacedMs: 0 }))
  expect(pace.isOpen(deliver('2'))).toBe(false)
  vi.advanceTimersByTime(1_000)
  const [first = 0, second = 0] = begun.map(([, at]) => at)
  expect(second - first).toBeGreaterThanOrEqual(95)
})

it('one whose attempt can not begin takes no time from the next one', () => {
  let hasRoom = false
  const { pace, begun } = setUp({ hasRoom: () => hasRoom })
  pace.wait(deliver('1'))
  hasRoom = true
  pace.wait(deliver('2'))
  expect(begun).toEqual([['2', 0]])
})

it('what waits too long is given up, and does not begin', () => {
  const { pace, begun } = setUp()
  for (const id of ['1', '2', '3']) pace.wait(deliver(id))
  expect(pace.giveUp(({ id }) => id === '2').map(({ id }) => id)).toEqual(['2'])
  expect(pace.giveUp(() => true).map(({ id }) => id)).toEqual(['3'])
  vi.advanceTimersByTime(1_000)
  expect(begun.map(([id]) => id)).toEqual(['1'])
  expect(vi.getTimerCount()).toBe(0)
})

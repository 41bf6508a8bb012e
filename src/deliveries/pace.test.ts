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
      if (!hasRoom()) return 'WAITING'
      begun.push([delivery.id, Math.round(performance.now() - start)])
      return 'BEGUN'
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
  vi.advanceTimersByTime(1_000)
  const [first = 0, second = 0] = begun.map(([, at]) => at)
  expect(second - first).toBeGreaterThanOrEqual(95)
})

it('a claim behind others does not make these later', () => {
  const { pace, begun } = setUp()
  for (const id of ['1', '2', '3']) pace.wait(deliver(id))
  vi.advanceTimersByTime(50)
  pace.wait(deliver('4', { pacedMs: 250 }))
  vi.advanceTimersByTime(1_000)
  expect(begun.map(([id]) => id)).toEqual(['1', '2', '3', '4'])
  expect(begun.at(-1)?.[1]).toBeLessThan(310)
})

it('those behind one that waits for room wait as well, and take their turns when it has begun or was given up', () => {
  let hasRoom = false
  const { pace, begun } = setUp({ hasRoom: () => hasRoom })
  for (const id of ['1', '2', '3', '4']) pace.wait(deliver(id))
  vi.advanceTimersByTime(1_000)
  expect(begun).toEqual([])
  pace.began(deliver('1'))
  expect(begun).toEqual([])
  // The turn of the second comes, and now it is this one that waits.
  vi.advanceTimersByTime(150)
  hasRoom = true
  vi.advanceTimersByTime(150)
  expect(begun).toEqual([])
  pace.gaveUp(deliver('2'))
  vi.advanceTimersByTime(1_000)
  expect(begun.map(([id]) => id)).toEqual(['3', '4'])
  const [third = 0, fourth = 0] = begun.map(([, at]) => at)
  expect(fourth - third).toBeGreaterThanOrEqual(95)
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

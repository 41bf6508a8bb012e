import { setTimeout as delay } from 'node:timers/promises'
import { now } from './clock.ts'

/** As many callers at a time as the published figures are for. */
export const CALLERS = 32

/** Calls `act` with each number below `count`, with so many calls at a time. */
export async function callAll(count: number, callers: number, act: (number: number) => Promise<void>): Promise<void> {
  const numbers = Array.from({ length: count }, (_, number) => number).values()
  const call = async () => {
    for (const number of numbers) await act(number)
  }
  await Promise.all(Array.from({ length: callers }, call))
}

/** Calls `act` with each number below `count`, so many times a second, whether or not the calls before have ended. */
export async function callAtRate(
  count: number,
  perSecond: number,
  act: (number: number) => Promise<void>,
): Promise<void> {
  const begun = now()
  const calls: Promise<void>[] = []
  for (let number = 0; number < count; number += 1) {
    await delay(Math.max(0, begun + (number * 1_000) / perSecond - now()))
    calls.push(act(number))
  }
  await Promise.all(calls)
}

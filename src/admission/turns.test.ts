import { describe, expect, it } from 'vitest'
import { Overloaded } from '../contract/request-error.ts'
import { type Turn, Turns } from './turns.ts'

const limits = { atOnce: 3, ofOne: 2, waitingOfOne: 3, waiting: 5 }

/** Waits for a few turns of the event loop. One task may start in each. */
const settled = async () => {
  for (let turns = 0; turns < 10; turns++) await new Promise(setImmediate)
}

/** Requests turns, and records in order who has got one. */
function watched(turns: Turns) {
  const begun: string[] = []
  const held: Turn[] = []
  const take = (caller: string) =>
    turns.take(caller).then((turn) => {
      begun.push(caller)
      held.push(turn)
    })
  const endFirst = async () => {
    held.shift()?.end()
    await settled()
  }
  return { begun, take, endFirst }
}

describe('turns', () => {
  it('are given at once while there is room, and leave room for other callers', async () => {
    const { begun, take } = watched(new Turns(limits))
    void take('greedy')
    void take('greedy')
    void take('greedy')
    await take('other')
    expect(begun).toEqual(['greedy', 'greedy', 'other'])
  })

  it('start tasks one after the other: long ones each in a turn of the event loop, short ones together', async () => {
    const turnsOf = async (busyMs: number) => {
      const turns = new Turns({ ...limits, atOnce: 6, ofOne: 6, waitingOfOne: 6 })
      let turn = 0
      const next = () => {
        turn += 1
        counting = setImmediate(next)
      }
      let counting = setImmediate(next)
      const begun = await Promise.all(
        Array.from({ length: 6 }, async () => {
          await turns.take('a')
          await Promise.resolve()
          const at = turn
          const until = performance.now() + busyMs
          while (performance.now() < until);
          return at
        }),
      )
      clearImmediate(counting)
      return new Set(begun).size
    }
    expect(await turnsOf(3)).toBe(6)
    expect(await turnsOf(0)).toBeLessThan(6)
  })

  it('alternate between the waiting callers, however many turns one of them has requested', async () => {
    const { begun, take, endFirst } = watched(new Turns({ ...limits, atOnce: 1, ofOne: 1 }))
    for (const caller of ['greedy', 'greedy', 'greedy', 'a', 'b']) void take(caller)
    await settled()
    for (let turn = 0; turn < 5; turn++) await endFirst()
    expect(begun).toEqual(['greedy', 'greedy', 'a', 'b', 'greedy'])
  })

  it('are refused to a caller with too many waiting requests, but not to another caller', async () => {
    const turns = new Turns(limits)
    const { take } = watched(turns)
    for (let asked = 0; asked < 3; asked++) void take('greedy')
    await settled()
    for (let asked = 3; asked < limits.ofOne + limits.waitingOfOne; asked++) void take('greedy')
    await expect(take('greedy')).rejects.toThrow(Overloaded)
    await take('other')
    expect([turns.running, turns.waiting]).toEqual([3, 3])
  })

  it('are refused to everyone when too many requests are waiting', async () => {
    const { take } = watched(new Turns(limits))
    for (const caller of ['a', 'b', 'c']) void take(caller)
    await settled()
    for (const caller of ['d', 'e', 'f', 'g', 'h']) void take(caller)
    await expect(take('i')).rejects.toThrow(Overloaded)
  })

  it('are refused to a caller that has waited too long, and its request is removed', async () => {
    const turns = new Turns({ ...limits, atOnce: 1, longest: 1 })
    const turn = await turns.take('a')
    await expect(turns.take('b')).rejects.toThrow(Overloaded)
    turn.end()
    turn.end()
    expect([turns.running, turns.waiting]).toEqual([0, 0])
    await turns.take('b')
  })
})

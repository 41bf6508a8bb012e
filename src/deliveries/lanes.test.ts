import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Claimed } from './claimed.ts'
import { type Asked, type LaneState, Lanes, partitionOf } from './lanes.ts'

const shares = { all: 8, botAgent: 4, origin: 6, application: 7, bytes: 1_000 }

function setUp() {
  const onDue = vi.fn()
  const lanes = new Lanes({ shares, onDue })
  let last = 0
  /** Claims for a lane that was asked, as the database would. */
  const claim = ({ botAgentId }: Pick<Asked, 'botAgentId'>, count: number, state: Partial<LaneState> = {}) => {
    const claimed = Array.from({ length: count }, () => {
      last += 1
      return { id: `${last}`, botAgentId, origin: 'http://a', application: 'app', size: 1 } as Claimed
    })
    lanes.add(claimed, [
      {
        botAgentId,
        origin: 'http://a',
        application: 'app',
        webhooksState: 'ACTIVE',
        nextInMs: null,
        openInMs: null,
        isCrowdedOut: false,
        ...state,
      },
    ])
    return claimed
  }
  const asked = () => lanes.ask(8).asked
  const finish = (claimed: readonly Claimed[]) => {
    for (const delivery of claimed) {
      lanes.ended(delivery)
      lanes.written(delivery)
    }
  }
  return { lanes, onDue, claim, asked, finish }
}

function fakeTimers(): void {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
}

describe('lanes', () => {
  it('are asked once they are due, for what is left of the shares, and say what must not be claimed again', () => {
    const { lanes, claim } = setUp()
    expect(lanes.isDue).toBe(false)
    lanes.due('one')
    expect(lanes.ask(8)).toEqual({
      asked: [{ botAgentId: 'one', most: 4, idle: true }],
      claimed: [],
      room: { origin: new Map(), application: new Map(), bytes: new Map() },
    })
    expect(lanes.isDue).toBe(false)
    const [delivery] = claim({ botAgentId: 'one' }, 1)
    lanes.due('one')
    expect(lanes.ask(8)).toEqual({
      asked: [{ botAgentId: 'one', most: 3, idle: false }],
      claimed: [delivery?.id],
      room: {
        origin: new Map([['http://a', 5]]),
        application: new Map([['app', 6]]),
        bytes: new Map([['app', 999]]),
      },
    })
  })

  it('are claimed ahead for an origin whose attempts end, by twice as many as have ended since its last claim', () => {
    const { lanes, claim } = setUp()
    const roomAt = () => lanes.ask(8).room.origin.get('http://a')
    const sent = claim({ botAgentId: 'one' }, 6)
    expect(roomAt()).toBe(0)
    for (const delivery of sent.slice(0, 2)) lanes.ended(delivery)
    expect(roomAt()).toBe(2 + 2 * 2)
    claim({ botAgentId: 'other' }, 0, { origin: 'http://b' })
    expect(roomAt()).toBe(2 + 2 * 2)
    claim({ botAgentId: 'one' }, 0)
    expect(roomAt()).toBe(2)
    for (const delivery of sent.slice(2, 4)) lanes.givenUp(delivery)
    expect(roomAt()).toBe(4)
  })

  it('take no room of others while they wait for room at their origin, and are limited by themselves', () => {
    const { lanes, claim } = setUp()
    const room = () => [lanes.ask(8).room.application.get('app'), lanes.sending, lanes.claimed.deliveries]
    const [sent, waiting] = claim({ botAgentId: 'one' }, 2)
    lanes.waits(waiting as Claimed)
    expect(room()).toEqual([6, 1, 1])
    lanes.waited(waiting as Claimed)
    expect(room()).toEqual([5, 2, 2])

    for (const delivery of claim({ botAgentId: 'two' }, shares.all)) lanes.waits(delivery)
    lanes.ended(sent as Claimed)
    const busy = shares.all + 1
    expect(lanes.ask(8).room.origin.get('http://a')).toBe(shares.origin - busy)
  })

  it('that wait for room of their application are asked when others begin to wait for their origin', () => {
    const { lanes, claim, asked } = setUp()
    lanes.due('one')
    const [first] = claim(asked()[0] as Asked, 7)
    lanes.due('two')
    claim(asked()[0] as Asked, 0, { nextInMs: -1, origin: 'http://b' })
    expect(lanes.isDue).toBe(false)
    lanes.waits(first as Claimed)
    expect(asked()).toMatchObject([{ botAgentId: 'two' }])
  })

  it('share evenly what is left', () => {
    const { lanes, asked } = setUp()
    for (const id of ['one', 'two', 'three', 'four']) lanes.due(id)
    expect(asked().map(({ most }) => most)).toEqual([2, 2, 2, 2])
  })

  it('without room are asked again when an attempt has ended', () => {
    const { lanes, claim, asked } = setUp()
    lanes.due('one')
    const [delivery] = claim(asked()[0] as Asked, 4, { nextInMs: -1 })
    expect(lanes.isDue).toBe(false)
    lanes.ended(delivery as Claimed)
    expect(asked()).toEqual([{ botAgentId: 'one', most: 1, idle: false }])
  })

  it('whose origin has no room are asked again in turn, one for each attempt to it that has ended', () => {
    const { lanes, claim, asked, finish } = setUp()
    for (const id of ['one', 'two', 'three', 'four']) lanes.due(id)
    const [one, two, three, four] = asked()
    const sent = claim(one as Asked, 4)
    claim(two as Asked, 2)
    claim(three as Asked, 0, { nextInMs: -1 })
    claim(four as Asked, 0, { nextInMs: -1 })
    expect(lanes.isDue).toBe(false)
    finish(sent.slice(0, 1))
    expect(asked().map(({ botAgentId }) => botAgentId)).toEqual(['three'])
    finish(sent.slice(1, 2))
    expect(asked().map(({ botAgentId }) => botAgentId)).toEqual(['four'])
  })

  it('for which a claim had no place are asked again at once', () => {
    const { lanes, claim, asked } = setUp()
    for (const id of ['one', 'two']) lanes.due(id)
    const [one, two] = asked()
    claim(one as Asked, 1)
    claim(two as Asked, 0, { nextInMs: -1, isCrowdedOut: true })
    expect(asked()).toMatchObject([{ botAgentId: 'two' }])
  })

  it('that wait for room and become due again are asked once', () => {
    const { lanes, claim, asked, finish } = setUp()
    for (const id of ['one', 'two', 'three']) lanes.due(id)
    const [one, two, three] = asked()
    const sent = claim(one as Asked, 4)
    claim(two as Asked, 2)
    claim(three as Asked, 0, { nextInMs: -1 })
    lanes.due('three')
    lanes.found('three', 0)
    finish(sent.slice(0, 1))
    expect(asked().map(({ botAgentId }) => botAgentId)).toEqual(['three'])
    claim(three as Asked, 1)
    finish(sent.slice(1, 2))
    lanes.due('three')
    expect(lanes.ask(8)).toMatchObject({
      asked: [{ botAgentId: 'three', idle: false }],
      claimed: [expect.any(String)],
    })
  })

  it('of which nothing is written are not asked for more than twice their share', () => {
    const { lanes, claim, asked } = setUp()
    for (let round = 0; round < 2; round++) {
      lanes.due('one')
      for (const delivery of claim(asked()[0] as Asked, 4)) lanes.ended(delivery)
    }
    lanes.due('one')
    expect(lanes.isDue).toBe(false)
  })

  it('of which nothing may be sent beside what is under way are asked when that is written', () => {
    const { lanes, claim, asked, finish } = setUp()
    lanes.due('paused')
    const sent = claim(asked()[0] as Asked, 1)
    lanes.due('paused')
    claim(asked()[0] as Asked, 0, { nextInMs: -1 })
    expect(lanes.isDue).toBe(false)
    finish(sent)
    expect(asked()).toEqual([{ botAgentId: 'paused', most: 4, idle: true }])
  })

  it('become due with time', () => {
    fakeTimers()
    const { lanes, onDue, asked } = setUp()
    lanes.due('one', 1_000)
    lanes.due('one', 60_000)
    vi.advanceTimersByTime(999)
    expect(lanes.isDue).toBe(false)
    vi.advanceTimersByTime(1)
    expect(onDue).toHaveBeenCalledOnce()
    expect(asked()).toHaveLength(1)
  })

  it('of a paused bot agent are not asked for each delivery that is added', () => {
    fakeTimers()
    const { lanes, claim, asked } = setUp()
    lanes.due('one')
    claim(asked()[0] as Asked, 0, { webhooksState: 'PAUSED', nextInMs: 2_000 })
    lanes.due('one')
    lanes.due('one')
    expect(lanes.isDue).toBe(false)
    vi.advanceTimersByTime(200)
    expect(asked()).toMatchObject([{ botAgentId: 'one' }])
  })

  it('of paused bot agents are asked together', () => {
    fakeTimers()
    const { lanes, claim } = setUp()
    for (const botAgentId of ['one', 'two', 'three']) {
      claim({ botAgentId }, 0, { webhooksState: 'PAUSED', nextInMs: 1_600 })
      vi.advanceTimersByTime(100)
    }
    while (!lanes.isDue) vi.advanceTimersToNextTimer()
    vi.advanceTimersByTime(2)
    expect(lanes.ask(8).asked).toHaveLength(3)
  })

  it('with a limit per second are not asked before more of them may be sent, whatever is added', () => {
    fakeTimers()
    const { lanes, claim, asked } = setUp()
    lanes.due('one')
    claim(asked()[0] as Asked, 1, { nextInMs: 300, openInMs: 300 })
    lanes.due('one')
    lanes.found('one', 0)
    vi.advanceTimersByTime(299)
    expect(lanes.isDue).toBe(false)
    vi.advanceTimersByTime(2)
    expect(asked()).toMatchObject([{ botAgentId: 'one' }])
  })

  it('that a walk finds are due, unless the worker has to do with them already', () => {
    const { lanes, claim, asked } = setUp()
    lanes.found('one', 0)
    claim(asked()[0] as Asked, 1)
    lanes.found('one', 0)
    expect(lanes.isDue).toBe(false)
    lanes.found('two', -5)
    expect(asked()).toHaveLength(1)
  })

  it('of a partition that is left are not asked, and count until they are written', () => {
    const { lanes, claim, asked, finish } = setUp()
    lanes.due('one')
    const sent = claim(asked()[0] as Asked, 2, { nextInMs: -1 })
    lanes.leave(new Set([partitionOf('one')]))
    expect(lanes.isDue).toBe(false)
    expect(lanes.partitions()).toEqual(new Set([partitionOf('one')]))
    finish(sent)
    expect(lanes.isDue).toBe(false)
    expect(lanes.partitions()).toEqual(new Set())
    expect([lanes.sending, lanes.claimed]).toEqual([0, { deliveries: 0, bytes: 0 }])
  })
})

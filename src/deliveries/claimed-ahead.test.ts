import { describe, expect, it } from 'vitest'
import type { Claimed } from './claimed.ts'
import { ClaimedAhead } from './claimed-ahead.ts'

const deliver = (id: string, origin = 'http://a') => ({ id, origin }) as Claimed
const always = () => true

describe('deliveries that are claimed before their origin has room', () => {
  it('begin in order, one for each attempt there that has ended', () => {
    const ahead = new ClaimedAhead(2)
    const [one, two, three, four, other] = [
      deliver('1'),
      deliver('2'),
      deliver('3'),
      deliver('4'),
      deliver('5', 'http://b'),
    ]
    const begun = [one, two, three, four, other].filter((delivery) => ahead.beginOrWait(delivery))
    expect(begun).toEqual([one, two, other])
    expect(ahead.nextAfter(other, always)).toBeUndefined()
    expect(ahead.nextAfter(one, always)).toBe(three)
    expect(ahead.nextAfter(two, always)).toBe(four)
    expect(ahead.nextAfter(three, always)).toBeUndefined()
    expect(ahead.beginOrWait(one)).toBe(true)
    expect(ahead.beginOrWait(two)).toBe(false)
  })

  it('let others pass if they may not begin', () => {
    const ahead = new ClaimedAhead(1)
    const [one, two, three] = [deliver('1'), deliver('2'), deliver('3')]
    for (const delivery of [one, two, three]) ahead.beginOrWait(delivery)
    expect(ahead.nextAfter(one, ({ id }) => id === '3')).toBe(three)
    expect(ahead.nextAfter(three, () => false)).toBeUndefined()
    expect(ahead.beginOrWait(one)).toBe(true)
    expect(ahead.nextAfter(one, always)).toBe(two)
  })

  it('wait no more when they are given up, and each is either given up or waits', () => {
    const ahead = new ClaimedAhead(1)
    const [one, ...waiting] = Array.from({ length: 100 }, (_, index) => deliver(`${index}`))
    for (const delivery of [one as Claimed, ...waiting]) ahead.beginOrWait(delivery)
    let asked = 0
    const givenUp = ahead.giveUp(() => {
      asked += 1
      return asked > 50
    })
    const begun: Claimed[] = []
    for (let next = ahead.nextAfter(one as Claimed, always); next; next = ahead.nextAfter(next, always))
      begun.push(next)
    expect([...begun, ...givenUp]).toEqual(waiting)
    expect(begun).toHaveLength(50)
  })
})

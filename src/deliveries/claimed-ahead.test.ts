import { describe, expect, it } from 'vitest'
import type { Claimed } from './claimed.ts'
import { ClaimedAhead } from './claimed-ahead.ts'

const delivery = (id: string, origin = 'http://a') => ({ id, origin }) as Claimed

describe('deliveries that are claimed before their origin has room', () => {
  it('begin in order, one for each attempt there that has ended', () => {
    const ahead = new ClaimedAhead(2)
    const [one, two, three, four, other] = [...'1234'].map((id) => delivery(id)).concat(delivery('5', 'http://b'))
    const begun = [one, two, three, four, other].filter((each) => ahead.mayBegin(each as Claimed))
    expect(begun).toEqual([one, two, other])
    expect(ahead.ended(other as Claimed)).toBeUndefined()
    expect(ahead.ended(one as Claimed)).toBe(three)
    expect(ahead.ended(two as Claimed)).toBe(four)
    expect(ahead.ended(three as Claimed)).toBeUndefined()
    expect(ahead.mayBegin(one as Claimed)).toBe(true)
    expect(ahead.mayBegin(two as Claimed)).toBe(false)
  })

  it('wait no more when they are left', () => {
    const ahead = new ClaimedAhead(1)
    const [one, two, three] = [...'123'].map((id) => delivery(id))
    for (const each of [one, two, three]) ahead.mayBegin(each as Claimed)
    expect(ahead.leave(({ id }) => id === '2')).toEqual([two])
    expect(ahead.leave(({ id }) => id === '2')).toEqual([])
    expect(ahead.ended(one as Claimed)).toBe(three)
  })
})

import { describe, expect, it } from 'vitest'
import { EventList } from './event-list.ts'

const noon = new Date(2030, 0, 1, 12).getTime()

describe('the list of events', () => {
  it('says that it listens, then shows the newest event first, with its time', () => {
    const { list, tick } = listAtNoon()
    expect(list.shown).toEqual({ stream: 'connecting', count: 0, events: [] })
    list.opened({ isResumed: false, fromCursor: false })
    expect(list.shown).toEqual({ stream: 'listening since 12:00:00, no event yet', count: 0, events: [] })
    list.add({ data: { n: 1 } })
    tick(61_000)
    list.add({ data: { n: 2 } })
    expect(list.shown).toEqual({
      stream: 'listening since 12:00:00',
      count: 2,
      events: [
        { time: '12:01:01', data: { n: 2 } },
        { time: '12:00:00', data: { n: 1 } },
      ],
    })
  })

  it('keeps the last 50, and counts all', () => {
    const { list } = listAtNoon()
    for (let n = 1; n <= 120; n += 1) list.add({ data: { n } })
    const { count, events } = list.shown as { count: number; events: { data: { n: number } }[] }
    expect([count, events.length, events[0]?.data.n, events.at(-1)?.data.n]).toEqual([120, 50, 120, 71])
  })

  it('keeps its events below an error, until it listens again', () => {
    const { list } = listAtNoon()
    list.add({ data: { n: 1 } })
    const events = [{ time: '12:00:00', data: { n: 1 } }]
    list.interrupted('ended. Get another token.', [{ message: 'The access token was revoked.' }])
    const errors = [{ message: 'The access token was revoked.' }]
    expect(list.shown).toEqual({ stream: 'ended. Get another token.', errors, count: 1, events })
    list.opened({ isResumed: true, fromCursor: false })
    expect(list.shown).toEqual({ stream: 'listening again since 12:00:00', count: 1, events })
  })

  it('counts as caught up what comes without a pause after it has resumed', () => {
    const { list, tick } = listAtNoon()
    list.opened({ isResumed: true, fromCursor: true })
    expect(list.shown).toMatchObject({ stream: expect.stringContaining('caught up 0 events') })
    for (let n = 1; n <= 3; n += 1) {
      tick(400)
      list.add({ data: { n } })
    }
    tick(501)
    list.add({ data: { n: 4 } })
    expect(list.shown).toMatchObject({ stream: 'listening again since 12:00:00, caught up 3 events', count: 4 })
  })
})

function listAtNoon() {
  let now = noon
  const tick = (milliseconds: number) => {
    now += milliseconds
  }
  return { list: new EventList(() => new Date(now)), tick }
}

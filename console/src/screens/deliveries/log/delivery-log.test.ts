import { describe, expect, it } from 'vitest'
import type { DeliveryView } from '../filter/delivery-view.ts'
import { type Delivery, type DeliveryLog, MOST_ROWS, withFreshShown, withPage, withUpdates } from './delivery-log.ts'
import { WaitingUpdates } from './waiting-updates.ts'

const START = Date.parse('2026-01-01T00:00:00Z')

/** The delivery that was created so many seconds after the start. */
const delivery = (second: number, state: Delivery['state'] = 'SUCCEEDED'): Delivery => ({
  id: `dlv_${second}`,
  action: 'INCOMING_EVENT',
  state,
  botAgentId: 'bot',
  botAgent: { id: 'bot', name: 'Busy' },
  chatId: null,
  ping: false,
  createdAt: new Date(START + second * 1_000).toISOString(),
  nextAttemptAt: null,
  attemptCount: 1,
  attempts: [],
})
const deliveries = (from: number, count: number) => Array.from({ length: count }, (_, index) => delivery(from + index))
const empty: DeliveryLog = { rows: [], fresh: [], next: undefined }
const newestFirst: DeliveryView = { all: false, oldestFirst: false, filter: {}, span: undefined }
const oldestFirst: DeliveryView = { ...newestFirst, oldestFirst: true }

describe('a log keeps as many rows as anybody scrolls through', () => {
  it('while all that comes in is shown, and reads on from where it was cut', () => {
    let log = empty
    for (let batch = 0; batch < 6; batch += 1) {
      log = withFreshShown(withUpdates(log, deliveries(batch * 5_000, 5_000), newestFirst))
    }
    expect([log.rows.length, log.fresh.length]).toEqual([MOST_ROWS, 0])
    expect([log.rows[0]?.id, log.rows.at(-1)?.id]).toEqual(['dlv_29999', 'dlv_10000'])
    expect(log.next).toEqual({ from: { createdUntil: new Date(START + 10_000_001).toISOString() } })

    const page = { nodes: deliveries(9_901, 100).reverse(), next: undefined }
    const more = withPage(log, page)
    expect([more.rows.length, more.rows.at(-1)?.id, more.next]).toEqual([MOST_ROWS + 99, 'dlv_9901', undefined])
    // It is not shortened under the hand of who has scrolled so far.
    expect(withUpdates(more, [delivery(9_950, 'HELD')], newestFirst).rows.length).toBe(MOST_ROWS + 99)
  })

  it('while what comes in gathers above them', () => {
    let log: DeliveryLog = { ...empty, rows: [delivery(0)] }
    for (let batch = 0; batch < 5; batch += 1) {
      log = withUpdates(log, deliveries(1 + batch * 5_000, 5_000), newestFirst)
    }
    expect([log.rows.length, log.fresh.length, log.fresh[0]?.id]).toEqual([1, MOST_ROWS, 'dlv_25000'])
  })

  it('while what comes in belongs behind them, or between them', () => {
    let log: DeliveryLog = { ...empty, rows: deliveries(0, MOST_ROWS - 1) }
    log = withUpdates(log, [delivery(MOST_ROWS), delivery(MOST_ROWS + 1)], oldestFirst)
    expect([log.rows.length, log.rows.at(-1)?.id]).toEqual([MOST_ROWS, `dlv_${MOST_ROWS}`])
    expect(log.next).toEqual({ from: { createdSince: delivery(MOST_ROWS).createdAt } })
    log = withUpdates(log, [delivery(10.5)], oldestFirst)
    expect([log.rows.length, log.rows.at(-1)?.id]).toEqual([MOST_ROWS, `dlv_${MOST_ROWS - 2}`])
  })

  it('while it is paused: of more updates than that, it says that the log has to be read again', () => {
    const waiting = new WaitingUpdates()
    for (const update of deliveries(0, MOST_ROWS - 1)) waiting.add(update)
    waiting.add(delivery(0, 'FAILED'))
    expect([waiting.count, waiting.isFull]).toEqual([MOST_ROWS - 1, false])
    for (const update of deliveries(MOST_ROWS, 1_000)) waiting.add(update)
    expect([waiting.count, waiting.isFull]).toEqual([MOST_ROWS, true])
    expect(waiting.take().length).toBe(MOST_ROWS)
    expect([waiting.count, waiting.isFull]).toEqual([0, false])
  })
})

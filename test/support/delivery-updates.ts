import { EventEmitter, once } from 'node:events'
import { expect, onTestFinished } from 'vitest'
import type { Result } from './client.ts'
import type { DeliveryRecord } from './delivery-records.ts'
import type { Received } from './receiver.ts'
import { openSubscription, type Transport } from './subscription.ts'

/** An update of a delivery. */
interface DeliveryUpdate {
  cursor: string
  state: string
  attempt: { number: number; error: string | null } | null
  delivery: { id: string; chatEvent: { id: string } }
}

/** Follows the deliveries of an application for the length of one test. Reconnects with the last cursor when its stream breaks. */
export async function followDeliveries(
  gateway: () => Promise<{ url: string }>,
  token: string,
  { transport = 'WebSocket' }: { transport?: Transport } = {},
) {
  const query = `subscription ($after: String) { webhookDeliveryUpdated(after: $after) {
    cursor state attempt { number error } delivery { id chatEvent { id } } } }`
  const updates: DeliveryUpdate[] = []
  const news = new EventEmitter()
  const results: Result[] = []
  const open = async () => {
    const variables = { after: updates.at(-1)?.cursor }
    return openSubscription<DeliveryUpdate>(await gateway(), token, query, { variables, transport })
  }
  let reconnects = 0
  let stopped = false
  let stream = await open()
  const stop = () => {
    stopped = true
    return stream.stop()
  }
  onTestFinished(stop)

  const read = async () => {
    for await (const update of stream) {
      updates.push(update)
      news.emit('update')
    }
  }
  const readOn = async () => {
    for (;;) {
      // An update that fails while the database is away comes again behind the last cursor.
      await read().catch(() => {})
      if (stopped) return
      results.push(...stream.results)
      await stream.stop()
      reconnects += 1
      stream = await open()
    }
  }
  void readOn()
  return {
    updates,
    reconnects: () => reconnects,
    /** The codes of the errors that came so far. */
    errorCodes: () =>
      [...results, ...stream.results].flatMap(({ errors = [] }) => errors.map(({ extensions }) => extensions?.code)),
    /** Resolves when there are at least `count` updates. */
    async seen(count: number) {
      while (updates.length < count) await once(news, 'update')
    },
    /** Resolves when the webhook of the chat event, which has to be the last, has arrived. */
    async untilArrived(chatEventId: string) {
      const isLast = ({ state, delivery }: DeliveryUpdate) =>
        state === 'SUCCEEDED' && delivery.chatEvent.id === chatEventId
      while (!updates.some(isLast)) await once(news, 'update')
      await stop()
    },
  }
}

/** No webhook is lost, and one arrives twice only if its first attempt was interrupted. */
export function expectAtLeastOnce(records: readonly DeliveryRecord[], received: readonly Received[]): void {
  const arrivals = Map.groupBy(received, ({ id }) => id)
  expect(records.filter(({ state }) => state !== 'SUCCEEDED')).toEqual([])
  expect([...arrivals.keys()].sort()).toEqual(records.map(({ id }) => id).sort())
  for (const { id, attempts, attemptCount } of records) {
    const errors = attempts.map(({ error }) => error)
    expect(attempts.map(({ number }) => number)).toEqual(attempts.map((_, index) => index + 1))
    expect(attemptCount).toBe(attempts.length)
    expect(errors).toEqual([...errors.slice(1).fill('INTERRUPTED'), null])
    expect(arrivals.get(id)?.length).toBeLessThanOrEqual(attempts.length)
  }
}

/** Each delivery is reported once, then each of its attempts once and in order. */
export function expectReportedOnce(updates: readonly DeliveryUpdate[], records: readonly DeliveryRecord[]): void {
  const reported = Map.groupBy(updates, ({ delivery }) => delivery.id)
  expect(reported.size).toBe(records.length)
  for (const { id, attempts } of records) {
    const expected = [null, ...attempts.map(({ number, error }) => ({ number, error }))]
    expect(reported.get(id)?.map(({ attempt }) => attempt)).toEqual(expected)
  }
}

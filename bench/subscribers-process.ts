import { setTimeout as delay } from 'node:timers/promises'
import { Subscriber } from './subscriber.ts'
import type { Order, Report } from './subscribers.ts'

/** See subscribers.ts. */
let subscribers: Subscriber[] = []
const ends = new Map<string, number>()
let jittering = new AbortController()
let onSeen = () => {}

process.on('message', async (order: Order) => {
  process.send?.((await obey(order)) ?? 'done')
})
process.once('disconnect', () => process.exit())

async function obey(order: Order): Promise<Report | undefined> {
  switch (order.do) {
    case 'open': {
      const { count, urls, authorizations, botAgentIds } = order
      const indexes = new Map(botAgentIds.map((id, index) => [id, index]))
      subscribers = Array.from(
        { length: count },
        (_, index) =>
          new Subscriber({
            url: () => urls[Math.floor(Math.random() * urls.length)] ?? '',
            authorization: authorizations[index % authorizations.length] ?? '',
            indexOf: (id) => indexes.get(id) ?? -1,
            ended: (why) => ends.set(why, (ends.get(why) ?? 0) + 1),
            onSeen: () => onSeen(),
          }),
      )
      // Not all at once: that is another test.
      for (let from = 0; from < count; from += 100) {
        await Promise.all(subscribers.slice(from, from + 100).map((subscriber) => subscriber.open()))
      }
      return
    }
    case 'jitter':
      jittering = new AbortController()
      for (const subscriber of subscribers) void jitter(subscriber, order)
      return
    case 'calm':
      jittering.abort()
      return
    case 'cut':
      for (const subscriber of subscribers) subscriber.cut(0)
      return
    case 'await':
      return haveAll(order.changes, order.limitMs)
    case 'report':
      for (const subscriber of subscribers) subscriber.close()
      return {
        ends: [...ends],
        subscribers: subscribers.map(({ seen, reconnects }) => ({ seen, reconnects })),
      }
  }
}

async function jitter(subscriber: Subscriber, { everyMs, awayMs }: { everyMs: number; awayMs: number }): Promise<void> {
  const { signal } = jittering
  await delay(Math.random() * everyMs)
  while (!signal.aborted) {
    subscriber.cut(Math.random() * awayMs)
    await delay(everyMs)
  }
}

/** Resolves when everybody has seen as many different changes, or after the time limit. */
async function haveAll(changes: number, limitMs: number): Promise<undefined> {
  const complete = Promise.withResolvers<void>()
  const lacking = new Set(subscribers)
  onSeen = () => {
    for (const subscriber of lacking) {
      if (new Set(subscriber.seen.map(({ change }) => change)).size < changes) return
      lacking.delete(subscriber)
    }
    complete.resolve()
  }
  onSeen()
  await Promise.race([complete.promise, delay(limitMs)])
  onSeen = () => {}
}

import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws'
import { WebSocket } from 'ws'
import type { AudienceOrder } from './audience.ts'
import { now } from './clock.ts'
import { HEAD_OF_A_CHANGE, OPERATION_ID } from './fan-out-document.ts'

/** See audience.ts. What goes wrong is thrown, and ends this process. */
const head = Buffer.from(HEAD_OF_A_CHANGE)
/** The answer to this says that the subscription before it has begun. */
const PROBE = '{ __typename }'
const LONGEST_MS = 60_000

const subscribers: WebSocket[] = []
const slow = new Set<WebSocket>()
/** When messages have come since the last `receive`. */
let arrivals: number[] = []
let last: Buffer = Buffer.alloc(0)
/** Of how many arrivals somebody wants to know, and whom to tell. */
let awaited = Number.POSITIVE_INFINITY
let onAwaited = () => {}

process.on('message', async (order: AudienceOrder) => {
  process.send?.((await obey(order)) ?? 'done')
})
process.once('disconnect', () => process.exit())

async function obey(order: AudienceOrder): Promise<Float64Array | string | undefined> {
  switch (order.do) {
    case 'open': {
      const { count, atATime, url, authorizations, documents } = order
      const open = (index: number) =>
        subscribe(url, authorizations[index % authorizations.length] ?? '', documents[index % documents.length] ?? '')
      for (let from = 0; from < count; from += atATime) {
        const size = Math.min(atATime, count - from)
        subscribers.push(...(await Promise.all(Array.from({ length: size }, (_, index) => open(from + index)))))
      }
      return
    }
    case 'receive': {
      await arrived(order.messages * (subscribers.length - slow.size))
      const waits = Float64Array.from(arrivals, (at) => at - order.since)
      arrivals = []
      return waits
    }
    case 'quote':
      return String(last)
    case 'slow':
      for (const [index, subscriber] of subscribers.entries()) {
        // The last one of so many, so that none is slow where there are fewer.
        if ((index + 1) % order.oneIn !== 0) continue
        slow.add(subscriber)
        // The server may cut it.
        subscriber.on('error', () => {})
        subscriber.pause()
      }
      return
  }
}

/** Resolves when so many messages have come. @throws if more have come, or that takes too long */
async function arrived(count: number): Promise<void> {
  if (arrivals.length < count) {
    const tooLong = setTimeout(() => {
      throw new Error(`${arrivals.length} messages have come of ${count}`)
    }, LONGEST_MS)
    await new Promise<void>((resolve) => {
      awaited = count
      onAwaited = resolve
    })
    awaited = Number.POSITIVE_INFINITY
    clearTimeout(tooLong)
  }
  if (arrivals.length > count) throw new Error(`${arrivals.length} messages have come instead of ${count}`)
}

/** Resolves when the subscription has begun. */
function subscribe(url: string, authorization: string, query: string): Promise<WebSocket> {
  const { promise, resolve } = Promise.withResolvers<WebSocket>()
  const socket = new WebSocket(url, GRAPHQL_TRANSPORT_WS_PROTOCOL, { perMessageDeflate: false })
  const send = (message: object) => socket.send(JSON.stringify(message))
  socket.once('open', () => send({ type: 'connection_init', payload: { Authorization: authorization } }))
  socket.on('message', (data: Buffer) => {
    // Not parsed, because clients must not take the processor from the server.
    if (data.subarray(0, head.length).equals(head)) {
      last = data
      if (arrivals.push(now()) >= awaited) onAwaited()
      return
    }
    const { type, id } = JSON.parse(String(data)) as { type: string; id?: string }
    if (type === 'connection_ack') {
      send({ id: OPERATION_ID, type: 'subscribe', payload: { query } })
      send({ id: 'probe', type: 'subscribe', payload: { query: PROBE } })
    } else if (id === 'probe') {
      resolve(socket)
    } else {
      throw new Error(`A subscriber got ${data}`)
    }
  })
  socket.once('close', (code, reason) => {
    if (!slow.has(socket)) throw new Error(`A subscriber was closed with ${code} ${reason}`)
  })
  return promise
}

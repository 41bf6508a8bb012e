import { EventEmitter, once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** A webhook that has arrived. */
export interface Received {
  /** The header `webhook-id`. */
  id: string
  headers: Record<string, string>
  /** The body as sent. */
  text: string
  body: {
    webhook_id: string
    secret_key: string
    action: string
    data: Record<string, unknown>
    additional_data: object
  }
}

/** An HTTP server as bots run it. */
export interface Receiver {
  url: string
  received: Received[]
  /** Answers the last webhook in `received`. At first with 200. */
  answer: (response: ServerResponse) => void
  /** Resolves when the condition holds. Checks it each time a webhook arrives. */
  until(condition: () => boolean): Promise<void>
  /** Resolves to all webhooks when at least `count` have arrived. */
  reaches(count: number): Promise<Received[]>
  stop(): Promise<void>
}

/** A receiver for the length of one test. */
export async function receiverForTest(): Promise<Receiver> {
  const receiver = await startReceiver()
  onTestFinished(receiver.stop)
  return receiver
}

export async function startReceiver(): Promise<Receiver> {
  const arrivals = new EventEmitter().setMaxListeners(0)
  const server = createServer(async (request, response) => {
    const body = await text(request)
    receiver.received.push({
      id: String(request.headers['webhook-id']),
      headers: request.headers as Record<string, string>,
      text: body,
      body: JSON.parse(body),
    })
    receiver.answer(response)
    arrivals.emit('arrival')
  }).listen(0, '127.0.0.1')
  // Only the gateway closes connections, so that no webhook is sent on one that is being closed.
  server.keepAliveTimeout = 0
  await once(server, 'listening')

  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    received: [],
    answer: (response) => response.end('thank you'),
    async until(condition) {
      while (!condition()) await once(arrivals, 'arrival')
    },
    async reaches(count) {
      await receiver.until(() => receiver.received.length >= count)
      return receiver.received
    },
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return receiver
}

/** Leaves webhooks without an answer from now on. */
export function hold(receiver: Receiver) {
  const { answer } = receiver
  const held: { id: string; response: ServerResponse }[] = []
  receiver.answer = (response) => {
    held.push({ id: receiver.received.at(-1)?.id ?? '', response })
  }
  return {
    held,
    /** Answers them, and later ones, as before. */
    release() {
      receiver.answer = answer
      for (const { response } of held.splice(0)) answer(response)
    },
  }
}

import { EventEmitter, once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A webhook as it has arrived. */
export interface Received {
  /** The header `webhook-id`. */
  id: string
  headers: Record<string, string>
  /** As it came over the wire. */
  text: string
  body: {
    webhook_id: string
    secret_key: string
    action: string
    data: Record<string, unknown>
    additional_data: object
  }
}

/** A real HTTP server that bots would run. */
export interface Receiver {
  url: string
  received: Received[]
  /** What it answers; 200 at first. The webhook it answers to is the last in `received`. */
  answer: (response: ServerResponse) => void
  /** Resolves when the condition holds; looks each time when a webhook has come. */
  until(condition: () => boolean): Promise<void>
  /** Resolves to all that has come when so many are there. */
  reaches(count: number): Promise<Received[]>
  stop(): Promise<void>
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
  // A connection is closed by who sends, so that no webhook runs into the closing.
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

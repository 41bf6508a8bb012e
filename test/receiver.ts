import { once } from 'node:events'
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
  /** Resolves to all that has come when so many are there. */
  reaches(count: number): Promise<Received[]>
  stop(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  let look = () => {}
  const server = createServer(async (request, response) => {
    const body = await text(request)
    receiver.received.push({
      id: String(request.headers['webhook-id']),
      headers: request.headers as Record<string, string>,
      text: body,
      body: JSON.parse(body),
    })
    receiver.answer(response)
    look()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    received: [],
    answer: (response) => response.end('thank you'),
    async reaches(count) {
      while (receiver.received.length < count) {
        await new Promise<void>((resolve) => {
          look = resolve
        })
      }
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

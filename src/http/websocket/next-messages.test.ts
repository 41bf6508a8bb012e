import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { sendTo } from './next-messages.ts'

/** RFC 6455, section 5.2: the lengths at which a frame has another header. */
const lengths = [125, 126, 65_535, 65_536, 100_000]

test('messages of all lengths arrive one by one, between those of the library', { timeout: 10_000 }, async () => {
  const server = new WebSocketServer({ port: 0 })
  onTestFinished(() => void server.close())
  server.on('connection', (socket, { socket: stream }: IncomingMessage) => {
    const send = sendTo(socket, stream, 'ä "1"')
    socket.send('before')
    send(lengths.map(resultOf))
    // Everything was written: it may get more.
    socket.send('between', () => {
      send([resultOf(200)])
      socket.close(1000)
    })
  })

  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const received: string[] = []
  client.on('message', (data) => received.push(String(data)))
  const [code] = await once(client, 'close')

  const expected = [...lengths, 200].map((length) => `{"id":"ä \\"1\\"","type":"next","payload":${resultOf(length)}}`)
  expected.splice(lengths.length, 0, 'between')
  expect(code).toBe(1000)
  expect(received).toEqual(['before', ...expected])
})

/** @returns a result whose message has that length */
function resultOf(length: number): Buffer {
  const rest = Buffer.byteLength('{"id":"ä \\"1\\"","type":"next","payload":""}')
  return Buffer.from(JSON.stringify('a'.repeat(length - rest)))
}

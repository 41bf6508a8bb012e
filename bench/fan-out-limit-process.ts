import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { processorTime } from './processor-time.ts'

/**
 * The limit, in a process of its own: a ready message is sent to every socket. It knows neither tokens nor GraphQL, and of the protocol
 * just enough to let subscribers in. A burst is one write for each socket; with the flag `plain` it is sent as one would write it without
 * a thought of bursts, one message to all and then the next.
 */
const [, , text = '', flag] = process.argv
const message = Buffer.from(text)
const isText = { binary: false }
const subscribers: { readonly socket: WebSocket; readonly stream: Socket }[] = []

const server = createServer((_request, response) => response.end(processorTime()))
new WebSocketServer({ server }).on('connection', (socket, { socket: stream }) => {
  subscribers.push({ socket, stream })
  socket.on('message', (data) => {
    const { type, id } = JSON.parse(String(data)) as { type: string; id?: string }
    if (type === 'connection_init') socket.send('{"type":"connection_ack"}')
    else if (id === 'probe') socket.send('{"id":"probe","type":"complete"}')
  })
})

const sendInOneWrite = (changes: number) => {
  for (const { socket, stream } of subscribers) {
    stream.cork()
    for (let change = 0; change < changes; change += 1) socket.send(message, isText)
    stream.uncork()
  }
}
const sendOneByOne = (changes: number) => {
  for (let change = 0; change < changes; change += 1) {
    for (const { socket } of subscribers) socket.send(message, isText)
  }
}
process.on('message', flag === 'plain' ? sendOneByOne : sendInOneWrite)

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())

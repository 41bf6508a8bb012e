import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

/** Bytes that may be waiting for a client that is still told of events together with others. */
const MOST_AHEAD = 64 * 1_024

/** @returns what sends results of the operation with this id: PROTOCOL.md of graphql-ws, Next. A burst is one write */
export function sendTo(socket: WebSocket, stream: Duplex, id: string): (results: readonly Buffer[]) => boolean {
  const head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`)
  return (results) => {
    if (socket.readyState !== socket.OPEN || socket.bufferedAmount > MOST_AHEAD) return false
    if (results.length > 1) stream.cork()
    for (const result of results) socket.send(messageOf(head, result), isText)
    if (results.length > 1) stream.uncork()
    return true
  }
}

const isText = { binary: false }
const CLOSING_BRACE = 0x7d

function messageOf(head: Buffer, result: Buffer): Buffer {
  const message = Buffer.allocUnsafe(head.length + result.length + 1)
  message.set(head)
  message.set(result, head.length)
  message[message.length - 1] = CLOSING_BRACE
  return message
}

import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

/** Bytes that may be waiting for a client that is still told of events together with others. */
const MOST_AHEAD = 64 * 1_024

/**
 * @returns what sends results of the operation with this id: PROTOCOL.md of graphql-ws, Next. A burst is one write, of frames that are
 *   made here: see docs/decisions/speed.md
 */
export function sendTo(socket: WebSocket, stream: Duplex, id: string): (results: readonly Buffer[]) => boolean {
  const head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`)
  return (results) => {
    if (socket.readyState !== socket.OPEN || socket.bufferedAmount > MOST_AHEAD) return false
    stream.write(framesOf(head, results))
    return true
  }
}

const CLOSING_BRACE = 0x7d

/** @returns a text message for each result, as a server sends it: in one frame, not masked (RFC 6455, section 5.2) */
function framesOf(head: Buffer, results: readonly Buffer[]): Buffer {
  const lengthOf = (result: Buffer) => head.length + result.length + 1
  const frames = Buffer.allocUnsafe(
    results.reduce((sum, result) => sum + headerLength(lengthOf(result)) + lengthOf(result), 0),
  )
  let at = 0
  for (const result of results) {
    at = writeHeader(frames, at, lengthOf(result))
    frames.set(head, at)
    frames.set(result, at + head.length)
    at += lengthOf(result)
    frames[at - 1] = CLOSING_BRACE
  }
  return frames
}

const FINAL_TEXT = 0x81
const [IN_16_BITS, IN_64_BITS] = [126, 127]

function headerLength(length: number): number {
  if (length < IN_16_BITS) return 2
  return length < 2 ** 16 ? 4 : 10
}

/** @returns where the message begins */
function writeHeader(frames: Buffer, at: number, length: number): number {
  frames[at] = FINAL_TEXT
  if (length < IN_16_BITS) {
    frames[at + 1] = length
  } else if (length < 2 ** 16) {
    frames[at + 1] = IN_16_BITS
    frames.writeUInt16BE(length, at + 2)
  } else {
    frames[at + 1] = IN_64_BITS
    frames.writeBigUInt64BE(BigInt(length), at + 2)
  }
  return at + headerLength(length)
}

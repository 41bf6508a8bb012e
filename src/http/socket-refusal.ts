import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** How long a client may take to read why it was refused. */
const CLOSE_AFTER_MS = 1_000

/** Responds on a socket that Node.js no longer manages, and then closes it, whatever the client does. */
export function refuseUpgrade(socket: Duplex, status: number, message: string): void {
  const body = JSON.stringify({ error: message })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    ...(status === 503 ? ['retry-after: 1'] : []),
  ]
  const timeout = setTimeout(() => socket.destroy(), CLOSE_AFTER_MS)
  socket.on('error', () => socket.destroy())
  socket.once('close', () => clearTimeout(timeout))
  // Only a socket that is being read emits `end` when its client leaves. What it sent meanwhile is ignored.
  socket.resume()
  socket.once('end', () => socket.destroy())
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** @returns the response to a request that could not be parsed @param code of the error from Node.js */
export function answerUnread(code: string | undefined): { status: number; message: string } {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, message: 'The head of the request is too large.' }
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, message: 'The request did not arrive in time.' }
    default:
      return { status: 400, message: 'The request is not valid HTTP/1.1.' }
  }
}

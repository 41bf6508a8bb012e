import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** How long a client may take to read why it was refused. */
const LET_GO_AFTER_MS = 1_000

/** Says why on a socket that Node.js has let go of, and lets go of it as well, whatever the client does with it. */
export function refuseUpgrade(socket: Duplex, status: number, message: string): void {
  const body = JSON.stringify({ error: message })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    ...(status === 503 ? ['retry-after: 1'] : []),
  ]
  const letGo = setTimeout(() => socket.destroy(), LET_GO_AFTER_MS)
  socket.on('error', () => socket.destroy())
  socket.once('close', () => clearTimeout(letGo))
  // Only a socket that is read tells that its client has left; what it sent meanwhile counts for nothing.
  socket.resume()
  socket.once('end', () => socket.destroy())
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** What to say of a request that could not be read, by the code of Node.js' error. */
export function answerUnread(code: string | undefined): { status: number; message: string } {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, message: 'The head of the request is too large.' }
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, message: 'The request did not come in time.' }
    default:
      return { status: 400, message: 'The request is not valid HTTP/1.1.' }
  }
}

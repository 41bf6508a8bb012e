import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { WebSocket } from 'ws'
import type { Target } from './target.ts'

const agent = new Agent({ keepAlive: true, maxSockets: 4_000 })

/** Sends a body to the GraphQL endpoint. Resolves to the status and the beginning of the response, however it ends. */
export function post(
  { url }: Pick<Target, 'url'>,
  token: string | undefined,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<{ status: number | undefined; text: string; bytes: number; refused: boolean }> {
  return new Promise((resolve) => {
    const sent = httpRequest(
      url,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...(token && { authorization: `Bearer ${token}` }),
          ...headers,
        },
      },
      (response) => {
        let text = ''
        let bytes = 0
        let refused = false
        let last = ''
        response.on('data', (chunk) => {
          bytes += chunk.length
          // A word may be spread over two pieces.
          last = (last + String(chunk)).slice(-String(chunk).length - 20)
          refused ||= /BAD_USER_INPUT|OVERLOADED/.test(last)
          if (text.length < 20_000) text += chunk
        })
        const done = () => resolve({ status: response.statusCode, text, bytes, refused })
        response.on('end', done)
        response.on('error', done)
      },
    )
    sent.on('error', (error) => {
      // The gateway has closed a kept connection while the request was on its way.
      if (sent.reusedSocket && 'code' in error && ['ECONNRESET', 'EPIPE'].includes(String(error.code)))
        resolve(post({ url }, token, body, headers))
      else resolve({ status: undefined, text: String(error), bytes: 0, refused: false })
    })
    sent.end(body)
  })
}

export const operation = (query: string, variables?: object) => JSON.stringify({ query, variables })

/** Runs `work` for each number below a count, with a limit on how many run at a time. */
export async function repeat(times: number, atATime: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < times) await work(next++)
  }
  await Promise.all(Array.from({ length: atATime }, worker))
}

/** A TCP connection. */
export async function raw({ url }: Pick<Target, 'url'>, text = ''): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  await once(socket, 'connect')
  if (text) socket.write(text)
  return socket
}

/** A WebSocket after connection_init. */
export async function socketOf({ url }: Pick<Target, 'url'>, token: string): Promise<WebSocket> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws')
  socket.on('error', () => {})
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } }))
  await once(socket, 'message')
  return socket
}

export const subscribe = (id: string, query: string, variables?: object) =>
  JSON.stringify({ id, type: 'subscribe', payload: { query, variables } })

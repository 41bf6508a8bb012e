import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { CloseCode, createClient, GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { RequestErrorCode } from '../src/contract/request-error.ts'
import { closeCodes } from '../src/http/websocket/close-code.ts'
import { tableRows } from './support/table-rows.ts'

/** The close codes that graphql-ws and ws use by themselves. A client sees 1006 if there was no close frame. */
const closeCodesOfLibraries = [
  CloseCode.ConnectionInitialisationTimeout,
  CloseCode.SubscriberAlreadyExists,
  ...[1002, 1006, 1007, 1008, 1009],
]

/** Whether a stream can end, or be refused, with the code. */
const endsStreams: Record<RequestErrorCode | 'INTERNAL_SERVER_ERROR', boolean> = {
  UNAUTHENTICATED: true,
  FORBIDDEN: true,
  BAD_USER_INPUT: true,
  PERSISTED_QUERY_NOT_SUPPORTED: false,
  RATE_LIMITED: true,
  OVERLOADED: true,
  CURSOR_EXPIRED: true,
  SLOW_CONSUMER: true,
  SHUTTING_DOWN: true,
  INTERNAL_SERVER_ERROR: true,
}

const page = await readFile(new URL('../docs/protocol.md', import.meta.url), 'utf8')
const [, section = ''] = page.split('## How streams and sockets end')
const ends = tableRows(section)
  .slice(1)
  .map(([closes = '', code = '', , , again = '']) => ({
    closes: [...closes.matchAll(/\d+/g)].map(Number),
    code: /^`(\w+)`$/.exec(code)?.[1],
    again,
  }))

describe('docs/protocol.md', () => {
  it('lists exactly the close codes that exist', () => {
    const known = new Set([...Object.values(closeCodes), ...closeCodesOfLibraries])
    expect(new Set(ends.flatMap(({ closes }) => closes))).toEqual(known)
  })

  it('lists exactly the error codes that end a stream', () => {
    const known = Object.entries(endsStreams).flatMap(([code, ends]) => (ends ? [code] : []))
    expect(new Set(ends.flatMap(({ code }) => code ?? []))).toEqual(new Set(known))
  })

  const closes = ends.flatMap(({ closes, again }) => closes.map((code) => [code, again] as const))
  it.each(closes)('is right about whether graphql-ws reconnects after %d: %s', async (code, again) => {
    expect(again).toMatch(/^(yes|no)$/)
    expect(await connections(code)).toBe(again === 'yes' ? 2 : 1)
  })
})

/** How often a client that may reconnect once connects to a server that closes with this code. */
async function connections(code: number): Promise<number> {
  const server = new WebSocketServer({ port: 0, handleProtocols: () => GRAPHQL_TRANSPORT_WS_PROTOCOL })
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  let connected = 0
  server.on('connection', (socket) => {
    connected += 1
    if (code === 1006) socket.terminate()
    else socket.close(code)
  })
  const { port } = server.address() as AddressInfo
  const client = createClient({
    url: `ws://127.0.0.1:${port}`,
    webSocketImpl: WebSocket,
    retryAttempts: 1,
    retryWait: async () => {},
  })
  await expect(client.iterate({ query: '{ __typename }' }).next()).rejects.toMatchObject({ code })
  return connected
}

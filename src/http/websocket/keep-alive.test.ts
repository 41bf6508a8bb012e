import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { KeepAlive } from './keep-alive.ts'

test('a socket that does not answer a ping before the next is closed; one that answers, or is paused, stays open', async () => {
  const keepAlive = new KeepAlive(500)
  const server = new WebSocketServer({ port: 0 })
  onTestFinished(() => {
    keepAlive.stop()
    server.close()
    for (const socket of server.clients) socket.terminate()
  })
  server.on('connection', (socket, { url }) => {
    socket.once('close', keepAlive.watch(socket))
    if (url === '/paused') socket.pause()
  })
  const open = async (path: string, autoPong: boolean) => {
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { autoPong })
    await once(client, 'open')
    return client
  }
  const answering = await open('/', true)
  const paused = await open('/paused', false)
  const silent = await open('/', false)

  const [code] = await once(silent, 'close')
  expect(code).toBe(1006)
  // Two more rounds.
  for (let pings = 0; pings < 2; pings += 1) await once(answering, 'ping')
  expect([answering.readyState, paused.readyState]).toEqual([WebSocket.OPEN, WebSocket.OPEN])
})

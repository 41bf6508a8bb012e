import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A wire between a gateway and PostgreSQL. */
export interface Wire {
  /** The database, as seen through the wire. */
  url: string
  /** Breaks all connections, and refuses new ones until it is mended. */
  cut(): void
  mend(): void
  /** Drops what is sent on the present connections from now on, without a word. New ones work. */
  silence(): void
}

/** A wire for the length of one test. */
export async function wireForTest(databaseUrl: string): Promise<Wire> {
  const target = new URL(databaseUrl)
  const connections = new Set<{ inner: Socket; outer: Socket; silent: boolean }>()
  let isCut = false
  const server = createServer((outer) => {
    if (isCut) {
      outer.resetAndDestroy()
      return
    }
    const connection = { inner: connect(Number(target.port), target.hostname), outer, silent: false }
    connections.add(connection)
    const { inner } = connection
    outer.on('data', (chunk) => connection.silent || inner.write(chunk))
    inner.on('data', (chunk) => connection.silent || outer.write(chunk))
    for (const [socket, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      socket.on('error', () => {})
      socket.on('close', () => {
        connections.delete(connection)
        if (!connection.silent) other.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const breakAll = () => {
    for (const { inner, outer } of connections) {
      inner.destroy()
      outer.destroy()
    }
  }
  onTestFinished(async () => {
    server.close()
    breakAll()
    await once(server, 'close')
  })
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: url.href,
    cut() {
      isCut = true
      breakAll()
    },
    mend() {
      isCut = false
    },
    silence() {
      for (const connection of connections) connection.silent = true
    },
  }
}

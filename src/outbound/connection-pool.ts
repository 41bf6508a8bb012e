import type { OpenSocket } from './checked-socket.ts'
import { Connection, type Exchange } from './connection.ts'

interface PoolOptions {
  readonly openSocket: OpenSocket
  /** Connections to one origin; further requests wait. */
  readonly most: number
  /** Milliseconds after which a connection takes no more requests. */
  readonly life: number
}

/** Connections to all origins. */
export type ConnectionPool = ReturnType<typeof createConnectionPool>

export function createConnectionPool(options: PoolOptions) {
  const origins = new Map<string, Origin>()
  return {
    /** Sends a request over a free connection, a new one, or the first one that becomes free. @param origin as in `URL.origin` */
    send(origin: string, exchange: Exchange): void {
      let connections = origins.get(origin)
      if (!connections) {
        connections = new Origin(new URL(origin), options, () => origins.delete(origin))
        origins.set(origin, connections)
      }
      connections.send(exchange)
    },

    /** Gives up a request, and closes the connection that carries it: the rest of the response would arrive there. */
    abandon(origin: string, exchange: Exchange): void {
      origins.get(origin)?.abandon(exchange)
    },

    close(): void {
      for (const connections of origins.values()) connections.close()
    },
  }
}

/** Connections to one origin: scheme, host and port. */
class Origin {
  readonly #url: URL
  readonly #options: PoolOptions
  readonly #onEmpty: () => void
  readonly #all = new Set<Connection>()
  /** The one that was used last is used next, so those that are not needed end. */
  readonly #free: Connection[] = []
  readonly #waiting = new Set<Exchange>()
  /** To resume TLS with. Only for this origin: the name in the certificate is not checked again. */
  #session: Buffer | undefined

  constructor(url: URL, options: PoolOptions, onEmpty: () => void) {
    this.#url = url
    this.#options = options
    this.#onEmpty = onEmpty
  }

  send(exchange: Exchange): void {
    const free = this.#free.pop()
    if (free) free.send(exchange)
    else if (this.#all.size < this.#options.most) this.#open(exchange)
    else this.#waiting.add(exchange)
  }

  abandon(exchange: Exchange): void {
    if (!this.#waiting.delete(exchange)) exchange.connection?.close()
  }

  close(): void {
    this.#waiting.clear()
    for (const connection of this.#all) connection.close()
  }

  #open(exchange: Exchange): void {
    const socket = this.#options.openSocket(this.#url, this.#session)
    socket.on('session', (session: Buffer) => {
      this.#session = session
    })
    const connection = new Connection({
      socket,
      isSecure: this.#url.protocol === 'https:',
      life: this.#options.life,
      onFree: () => this.#freed(connection),
      onClosed: (left) => this.#closed(connection, left),
    })
    this.#all.add(connection)
    connection.send(exchange)
  }

  #freed(connection: Connection): void {
    const next = this.#nextWaiting()
    if (next) connection.send(next)
    else this.#free.push(connection)
  }

  /** @param left is sent once more at once, on a new connection */
  #closed(connection: Connection, left: Exchange | undefined): void {
    this.#all.delete(connection)
    const index = this.#free.indexOf(connection)
    if (index >= 0) this.#free.splice(index, 1)
    const next = left ?? this.#nextWaiting()
    if (next) this.#open(next)
    else if (this.#all.size === 0) this.#onEmpty()
  }

  #nextWaiting(): Exchange | undefined {
    const [next] = this.#waiting
    if (next) this.#waiting.delete(next)
    return next
  }
}

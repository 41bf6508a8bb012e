import type { WebSocket } from 'ws'

/** Sockets that were opened within it are pinged together. Opening one takes far longer than a ping, so these are never many. */
const TICK_MS = 250

interface Watched {
  readonly socket: WebSocket
  hasAnswered: boolean
}

/**
 * Pings sockets, and closes those that do not answer. With a timer for each socket, thousands of them would wake the gateway thousands of
 * times in each interval, and so would their answers.
 */
export class KeepAlive {
  readonly #turns: readonly Set<Watched>[]
  #turn = 0
  readonly #timer: NodeJS.Timeout

  /** @param interval milliseconds between the pings of a socket; each has to be answered before the next */
  constructor(interval: number) {
    this.#turns = Array.from({ length: Math.ceil(interval / TICK_MS) }, () => new Set())
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref()
  }

  /** @returns a function to call when it is closed */
  watch(socket: WebSocket): () => void {
    const turn = this.#turns[this.#turn]
    const watched = { socket, hasAnswered: true }
    socket.on('pong', () => {
      watched.hasAnswered = true
    })
    turn?.add(watched)
    return () => turn?.delete(watched)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #tick(): void {
    this.#turn = (this.#turn + 1) % this.#turns.length
    for (const watched of this.#turns[this.#turn] ?? []) {
      const { socket, hasAnswered } = watched
      // While a message waits for its turn, nothing is read from the socket, not even a pong.
      watched.hasAnswered = socket.isPaused
      if (socket.isPaused) continue
      if (hasAnswered) socket.ping()
      else socket.terminate()
    }
  }
}

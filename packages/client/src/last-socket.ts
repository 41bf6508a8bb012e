import type { Client } from 'graphql-ws'

type SocketClass = typeof WebSocket

/**
 * The last socket that a client of graphql-ws has made. The client tells all its operations what happens to any of its sockets, even to one
 * that has failed and takes long to close. So once a socket has failed, it is no longer listened to.
 */
export class LastSocket {
  /** The option of graphql-ws. */
  readonly webSocketImpl: unknown
  #socket: WebSocket | undefined

  /** @param given the class of its sockets; absent: the one of the platform */
  constructor(given: unknown = globalThis.WebSocket) {
    const note = (socket: WebSocket) => {
      this.#socket = socket
    }
    // With anything else graphql-ws says what is wrong.
    this.webSocketImpl =
      typeof given !== 'function'
        ? given
        : class extends (given as SocketClass) {
            constructor(...args: ConstructorParameters<SocketClass>) {
              super(...args)
              note(this)
            }
          }
  }

  /** @returns a function that tells whether the present socket is still open */
  stillOpen(): () => boolean {
    const socket = this.#socket
    return () => socket?.readyState === socket?.OPEN
  }

  watch(client: Client): void {
    client.on('error', () => this.#forget())
  }

  /** It is closed for the client at once: after all have heard of the error, and before any of them connects again. */
  #forget(): void {
    const socket = this.#socket
    if (!socket) return
    const { onclose } = socket
    let isClosed = false
    const close = (event: Pick<CloseEvent, 'code' | 'reason' | 'wasClean'>) => {
      if (!isClosed) onclose?.call(socket, event as CloseEvent)
      isClosed = true
    }
    // Not null: without a listener, `ws` would throw the next error.
    socket.onerror = () => {}
    socket.onmessage = () => {}
    socket.onclose = close
    queueMicrotask(() => close({ code: ABNORMAL, reason: '', wasClean: false }))
  }
}

/** RFC 6455, section 7.4.1: closed without a close frame. */
const ABNORMAL = 1006

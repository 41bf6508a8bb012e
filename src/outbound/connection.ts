import { isIPv6, type Socket } from 'node:net'
import type { Opening, Progress } from './attempt-detail.ts'
import { connectingFailed, exchangeFailed, type Failure } from './attempt-error.ts'
import { type ResponseHandler, ResponseReader } from './response-reader.ts'

/** Bytes of a response, with its headers, after which its connection is dropped. */
const MOST_READ = 64 * 1024

/** A request as text, and who gets the response to it: at the end exactly one of `onEnd`, `onLong` and `onFailure` is called. */
export interface Exchange extends ResponseHandler {
  readonly text: string
  /** The connection that carries it, which sets it. */
  connection: Connection | undefined
  /** How far it has come there. The connection sets it. */
  progress: Progress | undefined
  onEnd(): void
  /** The response goes on after `MOST_READ`. Nothing more is read of it. */
  onLong(): void
  onFailure(failure: Failure): void
}

interface ConnectionOptions {
  readonly socket: Socket
  readonly isSecure: boolean
  /** Milliseconds after which it takes no more requests: a new connection then looks the name up again. */
  readonly life: number
  /** It has become free, after a response. */
  readonly onFree: () => void
  /**
   * It is closed.
   * @param left a request that went down with it: the endpoint had answered earlier ones, and has not sent a byte in response to this one
   */
  readonly onClosed: (left: Exchange | undefined) => void
}

/** One connection to an endpoint: it carries one request at a time. */
export class Connection {
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #until: number
  readonly #opening: Opening
  /** The address and port that it has reached, or tried last. */
  address: string | null = null
  #exchange: Exchange | undefined
  #reader: ResponseReader | undefined
  #isOpen = false
  #isClosed = false
  /** Whether an earlier request was answered. */
  #isProven = false
  /** Bytes of the response. */
  #read = 0
  #idle: NodeJS.Timeout | undefined
  #error: Error | undefined

  constructor(options: ConnectionOptions) {
    const { socket, isSecure } = options
    this.#options = options
    this.#socket = socket
    const begun = performance.now()
    this.#until = begun + options.life
    const opening: Opening = { begun, lookedUp: 0, tried: 0, connected: 0, ready: 0 }
    this.#opening = opening
    socket.once('lookup', () => {
      opening.lookedUp = performance.now()
    })
    socket.on('connectionAttempt', (address: string, port: number) => {
      opening.tried ||= performance.now()
      this.address = `${isIPv6(address) ? `[${address}]` : address}:${port}`
    })
    socket.once('connect', () => {
      opening.connected = performance.now()
      if (!isSecure) opening.ready = opening.connected
    })
    socket.once(isSecure ? 'secureConnect' : 'connect', () => this.#opened())
    socket.on('data', (bytes: Buffer) => this.#received(bytes))
    socket.on('end', () => (this.#reader?.end() ? this.#complete(0) : this.#close()))
    socket.on('error', (error) => this.#close(error))
    socket.on('close', () => this.#close())
  }

  /** Sends a request, as soon as the connection is open. It must be free. */
  send(exchange: Exchange): void {
    clearTimeout(this.#idle)
    this.#exchange = exchange
    exchange.connection = this
    exchange.progress = { opening: this.#isOpen ? undefined : this.#opening, sent: 0, answered: 0 }
    this.#read = 0
    this.#reader = new ResponseReader(exchange)
    if (this.#isOpen) this.#write(exchange)
  }

  /** Closes the connection. A request that it carries is forgotten. */
  close(): void {
    this.#exchange = undefined
    this.#close()
  }

  #opened(): void {
    this.#isOpen = true
    this.#opening.ready ||= performance.now()
    if (this.#exchange) this.#write(this.#exchange)
  }

  #write({ text, progress }: Exchange): void {
    if (progress) progress.sent = performance.now()
    this.#socket.write(text)
  }

  #received(bytes: Buffer): void {
    const [exchange, reader] = [this.#exchange, this.#reader]
    // Nobody has asked for it, so there is no telling what it is.
    if (!exchange || !reader) return void this.#close()
    if (this.#read === 0 && exchange.progress) exchange.progress.answered = performance.now()
    this.#read += bytes.length
    try {
      if (reader.read(bytes)) return void this.#complete(reader.idleMs)
    } catch (error) {
      return void this.#close(error as Error)
    }
    if (this.#read < MOST_READ) return
    this.close()
    exchange.onLong()
  }

  /** @param idleMs for how long the connection may be kept for another request */
  #complete(idleMs: number): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    this.#reader = undefined
    this.#isProven = true
    exchange?.onEnd()
    // An endpoint may respond before it has read the request.
    const isOver = this.#socket.writableLength > 0 || performance.now() >= this.#until
    if (idleMs <= 0 || isOver) return void this.#close()
    this.#options.onFree()
    if (!this.#exchange) this.#idle = setTimeout(() => this.#close(), idleMs)
  }

  #close(error?: Error): void {
    this.#error ??= error
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#idle)
    this.#socket.destroy()
    const exchange = this.#exchange
    this.#exchange = undefined
    const failure = this.#failure()
    const isLeft = this.#isProven && failure.reason === 'CONNECTION_RESET'
    this.#options.onClosed(isLeft ? exchange : undefined)
    if (!isLeft) exchange?.onFailure(failure)
  }

  #failure(): Failure {
    if (this.#isOpen) return exchangeFailed(this.#error, this.#read > 0)
    return connectingFailed(this.#error, this.#options.isSecure)
  }
}

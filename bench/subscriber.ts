import { setTimeout as delay } from 'node:timers/promises'
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws'
import { WebSocket } from 'ws'
import { now } from './clock.ts'

/** All times are milliseconds of `now`. */
export interface Seen {
  /** The index of the bot agent whose status changed. */
  readonly change: number
  readonly at: number
  /** When the connection on which it came was acknowledged. */
  readonly connectedAt: number
}
export interface Reconnect {
  /** When the client began to connect again. */
  readonly begun: number
  readonly connectedAt: number
}

const QUERY = 'subscription ($after: String) { botAgentStatusChanged(after: $after) { cursor botAgentId } }'
/** The answer to this says that the subscription before it has begun. */
const PROBE = '{ viewer { licenseId } }'
/** Between attempts to connect. */
const RETRY_MS = 200

interface Message {
  readonly type: string
  readonly id?: string
  readonly payload?: {
    readonly data?: { botAgentStatusChanged?: { cursor: string; botAgentId: string } } | null
    readonly errors?: readonly Problem[]
  }
}
interface Problem {
  readonly extensions?: { readonly code?: string }
}

interface Options {
  /** Where to connect this time. */
  readonly url: () => string
  readonly authorization: string
  readonly indexOf: (botAgentId: string) => number
  /** Called with what ended a connection or an operation, unless the client did. */
  readonly ended: (why: string) => void
  readonly onSeen: () => void
}

/** A client that watches the status of bot agents, and comes back with its last cursor whenever its connection ends. */
export class Subscriber {
  readonly seen: Seen[] = []
  readonly reconnects: Reconnect[] = []
  readonly #options: Options
  readonly #begun = Promise.withResolvers<void>()
  #socket: WebSocket | undefined
  #cursor: string | undefined
  #connectedAt = 0
  #lostAt = 0
  #closed = false

  constructor(options: Options) {
    this.#options = options
  }

  /** Resolves when the first subscription has begun. */
  open(): Promise<void> {
    this.#connect()
    return this.#begun.promise
  }

  /** Breaks the connection, without a word to the gateway, and connects again after so many milliseconds. */
  cut(awayMs: number): void {
    const socket = this.#socket
    if (socket?.readyState !== WebSocket.OPEN) return
    this.#socket = undefined
    socket.terminate()
    void this.#comeBack(awayMs)
  }

  close(): void {
    this.#closed = true
    this.#socket?.terminate()
  }

  async #comeBack(afterMs: number): Promise<void> {
    if (afterMs > 0) await delay(afterMs)
    if (this.#closed) return
    this.#lostAt ||= now()
    this.#connect()
  }

  #connect(): void {
    const { url, authorization, ended } = this.#options
    const socket = new WebSocket(url(), GRAPHQL_TRANSPORT_WS_PROTOCOL, { perMessageDeflate: false })
    this.#socket = socket
    const send = (message: object) => socket.send(JSON.stringify(message))
    socket.on('open', () => send({ type: 'connection_init', payload: { Authorization: authorization } }))
    // What comes from a connection that was cut is no longer read.
    const isCurrent = () => this.#socket === socket
    socket.on('message', (data) => {
      if (!isCurrent()) return
      const message = JSON.parse(String(data)) as Message
      if (message.type === 'connection_ack') this.#subscribe(send)
      else if (message.id === 'probe') this.#begun.resolve()
      else if (message.type === 'ping') send({ type: 'pong' })
      else this.#take(message)
    })
    socket.on('unexpected-response', (_request, response) => {
      ended(`HTTP ${response.statusCode}`)
      socket.terminate()
    })
    socket.on('error', () => {})
    socket.on('close', (code) => {
      if (!isCurrent() || this.#closed) return
      ended(`${code}`)
      void this.#comeBack(RETRY_MS * (0.5 + Math.random()))
    })
  }

  #subscribe(send: (message: object) => void): void {
    this.#connectedAt = now()
    if (this.#lostAt > 0) this.reconnects.push({ begun: this.#lostAt, connectedAt: this.#connectedAt })
    this.#lostAt = 0
    send({ id: 'changes', type: 'subscribe', payload: { query: QUERY, variables: { after: this.#cursor } } })
    if (this.#cursor === undefined) send({ id: 'probe', type: 'subscribe', payload: { query: PROBE } })
  }

  #take({ type, payload }: Message): void {
    const event = payload?.data?.botAgentStatusChanged
    if (event) {
      this.#cursor = event.cursor
      const change = this.#options.indexOf(event.botAgentId)
      this.seen.push({ change, at: now(), connectedAt: this.#connectedAt })
      this.#options.onSeen()
      return
    }
    // A stream that the gateway has ended: the client starts again.
    const problems = Array.isArray(payload) ? (payload as Problem[]) : (payload?.errors ?? [])
    for (const { extensions } of problems) this.#options.ended(extensions?.code ?? 'an error without a code')
    if (type === 'complete' || type === 'error') this.cut(RETRY_MS)
  }
}

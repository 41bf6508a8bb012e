import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { GraphQLError } from 'graphql'
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer, type SubscribePayload } from 'graphql-ws'
import type { Logger } from 'pino'
import { type WebSocket, WebSocketServer } from 'ws'
import type { RateLimits } from '../../admission/rate-limits.ts'
import { noTurn, type Turn, type Turns } from '../../admission/turns.ts'
import { isNestedDeeper } from '../../contract/json-text.ts'
import { RetryLater } from '../../contract/request-error.ts'
import { type Context, callerOf, recheck, type Services } from '../../graphql/context.ts'
import { badUserInput } from '../../graphql/errors.ts'
import { type GraphQLEndpoint, LARGEST_BODY } from '../../graphql/execution/endpoint.ts'
import { payerOf } from '../../graphql/execution/limits.ts'
import { MOST_HOLDERS } from '../../graphql/execution/stream-room.ts'
import { Loaded } from '../../graphql/loaded.ts'
import type { LimitedAuthentication } from '../../identity/authentication/limited-authentication.ts'
import { type Caller, Unauthenticated } from '../../identity/unauthenticated.ts'
import { tenantOf, type Viewer } from '../../identity/viewer.ts'
import { type Work, workingFor } from '../../process/log.ts'
import { timeoutAt } from '../../process/timeout-at.ts'
import type { AddressOf } from '../request/address.ts'
import type { BodyRoom } from '../request/body.ts'
import { closeCodeOf, closeCodes, shortened } from './close-code.ts'
import { authorizationOf } from './connection-params.ts'
import { KeepAlive } from './keep-alive.ts'
import { sendTo } from './next-messages.ts'

/** Limits for each socket. */
export const socketLimits = {
  /** Milliseconds within which `connection_init` must arrive. */
  initialisation: 3_000,
  /** Bytes that a client may send before its `connection_init` is accepted. */
  beforeLogIn: 32 * 1_024,
  /** Open sockets and streams per token. */
  perToken: MOST_HOLDERS,
  /** Operations running on one socket at a time. */
  operations: 100,
  /** Characters of an operation's id. */
  id: 255,
  /** Bytes of a message. */
  message: LARGEST_BODY,
  /** Bytes up to which a message is parsed at once, without waiting for a turn. */
  small: 16 * 1_024,
  /** Levels of nested objects and lists in a message. */
  nesting: 200,
  /** Bytes of responses that may be waiting while the client sends more messages. */
  unread: 16 * LARGEST_BODY,
  /** Milliseconds between pings; each has to be answered before the next. */
  keepAlive: 12_000,
  /** Milliseconds that a client may take to answer a close frame. */
  closing: 5_000,
} as const

/** The subprotocol of subscriptions-transport-ws, which was abandoned in 2018. */
const FORMER_PROTOCOL = 'graphql-ws'
const USE_THE_PROTOCOL = `Use the subprotocol ${GRAPHQL_TRANSPORT_WS_PROTOCOL}, which the package graphql-ws implements`

export interface WebSockets {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Closes every socket with 1012: the client reconnects, to another gateway or a new process. */
  stop(): Promise<void>
}

/** One socket. */
interface Session extends Record<PropertyKey, unknown> {
  readonly socket: WebSocket
  /** What it runs on. */
  readonly stream: Duplex
  /** That opened it, until its client has logged in. */
  request: IncomingMessage | undefined
  readonly address: string
  viewer?: Viewer
  /** Ids of the operations that are running. An operation may run on after the client has completed it; its id stays in use until then. */
  readonly running: Set<string>
  /** The message that is being handled. */
  message: Message
  /** Resolves when the messages that have arrived so far were parsed. */
  arrived: Promise<void>
}

interface Message {
  readonly text: string
  /** The id of its operation, once that runs. */
  id?: string
  turn?: Turn
}

/** GraphQL over WebSocket with the subprotocol graphql-transport-ws. */
export function createWebSockets(options: {
  endpoint: GraphQLEndpoint
  services: Services
  authenticate: LimitedAuthentication
  addressOf: AddressOf
  /** Called when the client at the other end of the stream has sent a valid token. */
  onLogIn: (stream: Duplex) => void
  rates: RateLimits
  turns: Turns
  /** For messages that wait for their turn. */
  room: BodyRoom
  mask: (error: unknown) => GraphQLError
  log: Logger
}): WebSockets {
  const { endpoint, services, authenticate, addressOf, onLogIn, rates, turns, room, mask, log } = options
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: socketLimits.message,
    // One message of a socket per turn of the event loop, so that a burst on one socket delays no other.
    allowSynchronousEvents: false,
    // The types do not know it yet.
    ...({ closeTimeout: socketLimits.closing } as object),
    handleProtocols: (offered) =>
      [GRAPHQL_TRANSPORT_WS_PROTOCOL, FORMER_PROTOCOL].find((protocol) => offered.has(protocol)) ?? false,
  })

  const keepAlive = new KeepAlive(socketLimits.keepAlive)

  const refuse = (session: Session, code: number, message: string, caller?: Caller) => {
    const { clientId: client, licenseId: license } = caller ?? {}
    log.info({ address: session.address, client, license, code, message }, 'WebSocket log-in refused')
    session.socket.close(code, shortened(message))
  }

  /** Over HTTP the log line of the request has the code. */
  const noteLimits = ({ address, viewer }: Session, errors: readonly GraphQLError[]) => {
    const code = errors[0]?.extensions.code
    if (code !== 'RATE_LIMITED' && code !== 'OVERLOADED') return
    log.info({ address, client: viewer?.clientId, license: viewer?.licenseId, code }, 'WebSocket operation refused')
  }

  const contextOf = (
    { viewer, socket, stream, address }: Session,
    { id, turn, text }: Message,
    payload: SubscribePayload,
  ): Context => ({
    ...services,
    address,
    authentication: recheck(
      viewer ?? new Unauthenticated('missing', 'No access token was sent.'),
      services.tokensInUse,
    ),
    dropConnection: (reason) => socket.close(closeCodes.slow, shortened(reason)),
    streamEndsWithToken: false,
    send: id === undefined ? undefined : sendTo(socket, stream, id),
    turn: turn ?? noTurn,
    asOf: services.feed.now(),
    loaded: new Loaded(),
    source: { text, at: ['payload', 'variables'], variables: payload.variables },
  })

  const prepare = async (session: Session, message: Message, payload: SubscribePayload) => {
    const context = contextOf(session, message, payload)
    message.turn ??= await turns.take(callerOf(context))
    await rates.demandGoodDocuments(payerOf(context))
    const contextValue = { ...context, turn: message.turn }
    const { schema, parse, validate } = endpoint.getEnveloped(contextValue)
    const document = parse(payload.query)
    const errors = validate(schema, document)
    if (errors.length > 0) return errors
    const { variables: variableValues } = payload
    // As over HTTP, an empty name is none.
    const operationName = payload.operationName || null
    return { schema, document, operationName, variableValues, contextValue }
  }

  const protocol = makeServer<Record<string, unknown>, Session>({
    connectionInitWaitTimeout: socketLimits.initialisation,
    async onConnect(opened) {
      const { connectionParams, extra } = opened
      const { socket, stream, request, address } = extra
      try {
        const viewer = await authenticate(authorizationOf(connectionParams, request), address)
        // Thousands of sockets would keep them for as long as they are open.
        extra.request = undefined
        Object.assign(opened, { connectionParams: undefined })
        // The socket may have closed meanwhile; it would then never release its token.
        if (socket.readyState !== socket.OPEN) return false
        if (services.tokensInUse.holders(viewer) >= socketLimits.perToken) {
          refuse(extra, closeCodes.tooMany, `More than ${socketLimits.perToken} sockets and streams with one token`)
          return false
        }
        extra.viewer = viewer
        onLogIn(stream)
        socket.once(
          'close',
          services.tokensInUse.hold(viewer, (reason) => closeFor(socket, reason)),
        )
        return true
      } catch (error) {
        if (error instanceof Unauthenticated) refuse(extra, closeCodeOf(error), error.message, error.caller)
        else if (error instanceof RetryLater) refuse(extra, closeCodes.tooMany, error.message)
        else refuse(extra, closeCodes.failed, mask(error).message)
        return false
      }
    },
    async onSubscribe({ extra }, id, payload) {
      const { running, message } = extra
      // An operation that the client has just completed takes a moment to end.
      if (running.size >= socketLimits.operations) await setImmediate()
      if (id.length > socketLimits.id)
        return [badUserInput(`The id of an operation may have at most ${socketLimits.id} characters.`)]
      if (running.has(id)) return [badUserInput('An operation with this id is still running. Use another id.')]
      if (running.size >= socketLimits.operations) return [tooMany(running.size)]
      running.add(id)
      message.id = id
      return prepare(extra, message, payload).catch((error: unknown) => [mask(error)])
    },
    // Each ends the turn. The log lines of an operation have a request id of their own.
    execute: (args) => workingFor.run(new Operation(), endpoint.execute, args),
    subscribe: (args) => workingFor.run(new Operation(), endpoint.subscribe, args),
    onNext({ extra }, _id, _payload, _args, { errors, data = null }) {
      if (!errors) return
      noteLimits(extra, errors)
      return { data, errors: withoutHttp(errors) }
    },
    onError({ extra }, _id, _payload, errors) {
      noteLimits(extra, errors)
      return withoutHttp(errors.map(mask))
    },
  })

  /** A large message waits for its turn, because parsing it takes time. Meanwhile nothing more is read from the socket. */
  const arrive = async (session: Session, data: Buffer, handle: (text: string) => Promise<void>) => {
    const { socket, viewer } = session
    let turn: Turn | undefined
    if (viewer && data.length > socketLimits.small) {
      const caller = tenantOf(viewer)
      socket.pause()
      try {
        room.take(caller, data.length)
        turn = await turns.take(caller).finally(() => room.giveBack(caller, data.length))
      } catch (error) {
        socket.close(closeCodes.later, shortened(mask(error).message))
        return
      } finally {
        socket.resume()
      }
    }
    void receive(session, { text: String(data), ...(turn && { turn }) }, handle)
  }

  /** Resolves when the operation of the message has ended. */
  const receive = async (session: Session, message: Message, handle: (text: string) => Promise<void>) => {
    const { socket } = session
    const { text } = message
    // Even a ping gets a response. A client that sends but does not read must harm only itself.
    if (socket.bufferedAmount > socketLimits.unread) socket.terminate()
    if (isNestedDeeper(text, socketLimits.nesting)) {
      socket.close(closeCodes.badRequest, `The message is nested more than ${socketLimits.nesting} levels deep`)
    }
    if (socket.readyState !== socket.OPEN) return message.turn?.end()
    session.message = message
    try {
      await handle(text)
    } catch (error) {
      // Writing to a client that has gone away fails.
      if (socket.readyState !== socket.OPEN) return
      log.error({ err: error }, 'a WebSocket message failed')
      socket.close(closeCodes.failed, 'Something went wrong in the gateway')
    } finally {
      message.turn?.end()
      if (message.id !== undefined) session.running.delete(message.id)
    }
  }

  const open = (session: Session) => {
    const { socket } = session
    // The close code has already said what the client did wrong.
    socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket failed'))
    if (socket.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL) return turnAway(socket)
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) =>
          new Promise((resolve, reject) => {
            if (socket.readyState !== socket.OPEN) return resolve()
            socket.send(text, (error) => (error ? reject(error) : resolve()))
          }),
        close: (code, reason) => socket.close(code, shortened(reason ?? '')),
        onMessage: (handle) =>
          socket.on('message', (data: Buffer) => {
            session.arrived = session.arrived.then(() => arrive(session, data, handle))
          }),
      },
      session,
    )
    const stopPings = keepAlive.watch(socket)
    socket.once('close', (code, reason) => {
      stopPings()
      void closed(code, String(reason))
    })
  }

  return {
    upgrade(request, stream, head) {
      const address = addressOf(request)
      limitUntil(stream, socketLimits.beforeLogIn, () => session?.viewer !== undefined)
      let session: Session | undefined
      server.handleUpgrade(request, stream, head, (socket) => {
        session = {
          socket,
          stream,
          request,
          address,
          running: new Set(),
          message: { text: '' },
          arrived: Promise.resolve(),
        }
        open(session)
      })
    },

    async stop() {
      keepAlive.stop()
      const closed = [...server.clients].map((client) => {
        client.close(closeCodes.restart, 'The gateway is shutting down. Reconnect with the last cursor')
        return new Promise((resolve) => client.once('close', resolve))
      })
      const tooLong = timeoutAt(new Date(Date.now() + 1_000), () => {
        for (const client of server.clients) client.terminate()
      })
      await Promise.all(closed)
      tooLong()
    },
  }
}

/** Ends a stream on which more than `most` bytes arrive before it is `trusted`. */
function limitUntil(stream: Duplex, most: number, trusted: () => boolean): void {
  let bytes = 0
  const count = (chunk: Buffer) => {
    bytes += chunk.length
    if (trusted()) stream.off('data', count)
    else if (bytes > most) stream.destroy()
  }
  stream.on('data', count)
}

/** Says to a client of another protocol which one to use; to a client of the former protocol, in a message of that protocol. */
function turnAway(socket: WebSocket): void {
  if (socket.protocol === FORMER_PROTOCOL) {
    socket.send(JSON.stringify({ type: 'connection_error', payload: { message: `${USE_THE_PROTOCOL}.` } }))
  }
  socket.close(closeCodes.wrongProtocol, shortened(USE_THE_PROTOCOL))
}

function closeFor(socket: WebSocket, reason: Unauthenticated): void {
  socket.close(closeCodeOf(reason), shortened(reason.message))
}

function tooMany(running: number): GraphQLError {
  return badUserInput(
    `This socket already runs ${running} operations, which is the limit. Wait for one to end, or open another socket.`,
  )
}

/** Few streams ever log a line, so they need no id until then. */
class Operation implements Work {
  #requestId: string | undefined

  get requestId(): string {
    this.#requestId ??= randomUUID()
    return this.#requestId
  }
}

/** Removes what is meant for the status and headers of an HTTP response. */
function withoutHttp(errors: readonly GraphQLError[]) {
  return errors.map((error) => {
    const { extensions: { http: _, ...extensions } = {}, ...formatted } = error.toJSON()
    return { ...formatted, extensions }
  })
}

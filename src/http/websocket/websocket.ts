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
import { workingFor } from '../../process/log.ts'
import { timeoutAt } from '../../process/timeout-at.ts'
import type { AddressOf } from '../request/address.ts'
import type { BodyRoom } from '../request/body.ts'
import { closeCodeOf, closeCodes, shortened } from './close-code.ts'
import { authorizationOf } from './connection-params.ts'

/** What sockets may ask of a gateway. */
export const socketLimits = {
  /** Milliseconds until `connection_init` must have come. */
  initialisation: 3_000,
  /** Bytes until it has been accepted. */
  beforeLogIn: 32 * 1_024,
  /** Open sockets and streams of one token. */
  perToken: MOST_HOLDERS,
  /** Operations that run on one socket at a time. */
  operations: 100,
  /** Characters of an operation's id. */
  id: 255,
  /** Bytes of a message. */
  message: LARGEST_BODY,
  /** Bytes of a message that is looked at at once. */
  small: 16 * 1_024,
  /** Levels of objects and lists within each other in a message. */
  nesting: 200,
  /** Bytes of answers that may wait for a client that goes on asking. */
  unread: 16 * LARGEST_BODY,
  /** Milliseconds between pings, and until one has to be answered. */
  keepAlive: 12_000,
  /** Milliseconds that a client may take to answer a close. */
  closing: 5_000,
} as const

/** What the clients of subscriptions-transport-ws ask for, which was given up in 2018. */
const FORMER_PROTOCOL = 'graphql-ws'
const USE_THE_PROTOCOL = `Use the subprotocol ${GRAPHQL_TRANSPORT_WS_PROTOCOL}, as of the package graphql-ws`

export interface WebSockets {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Closes every socket with 1012: come back, to another gateway or a new process. */
  stop(): Promise<void>
}

/** One socket. */
interface Session extends Record<PropertyKey, unknown> {
  readonly socket: WebSocket
  readonly request: IncomingMessage
  readonly address: string
  viewer?: Viewer
  /** What really runs: an operation that the client has completed may run on, and its id is in use for as long as it does. */
  readonly running: Set<string>
  /** The message at hand. */
  message: Message
  /** When all that has come was looked at. */
  arrived: Promise<void>
}

interface Message {
  readonly text: string
  /** Of the operation that it asks for, once that runs. */
  id?: string
  turn?: Turn
}

/** Runs the operation of one message, and ends its turn. */
type Engine = Pick<ReturnType<GraphQLEndpoint['getEnveloped']>, 'execute' | 'subscribe'>

/** GraphQL over WebSocket with the sub-protocol graphql-transport-ws. */
export function createWebSockets(options: {
  endpoint: GraphQLEndpoint
  services: Services
  authenticate: LimitedAuthentication
  addressOf: AddressOf
  /** Called when the client on the other end of the stream has logged in. */
  onLogIn: (stream: Duplex) => void
  rates: RateLimits
  turns: Turns
  /** For messages that wait for their turn. */
  room: BodyRoom
  present: (error: unknown) => GraphQLError
  log: Logger
}): WebSockets {
  const { endpoint, services, authenticate, addressOf, onLogIn, rates, turns, room, present, log } = options
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: socketLimits.message,
    // One message of a socket in a turn of the event loop, so that a burst on one holds up no other.
    allowSynchronousEvents: false,
    // The types do not know it yet.
    ...({ closeTimeout: socketLimits.closing } as object),
    handleProtocols: (offered) =>
      [GRAPHQL_TRANSPORT_WS_PROTOCOL, FORMER_PROTOCOL].find((protocol) => offered.has(protocol)) ?? false,
  })

  const refuse = (session: Session, code: number, message: string, caller?: Caller) => {
    const { clientId: client, licenseId: license } = caller ?? {}
    log.info({ address: session.address, client, license, code, message }, 'a log-in on a WebSocket was refused')
    session.socket.close(code, shortened(message))
  }

  /** Over HTTP the line of the request tells. */
  const noteLimits = ({ address, viewer }: Session, errors: readonly GraphQLError[]) => {
    const code = errors[0]?.extensions.code
    if (code !== 'RATE_LIMITED' && code !== 'OVERLOADED') return
    log.info(
      { address, client: viewer?.clientId, license: viewer?.licenseId, code },
      'an operation on a WebSocket was refused',
    )
  }

  const contextOf = (
    { viewer, socket, address }: Session,
    { turn, text }: Message,
    payload: SubscribePayload,
  ): Context => ({
    ...services,
    address,
    authentication: recheck(
      viewer ?? new Unauthenticated('missing', 'No access token was sent.'),
      services.tokensInUse,
    ),
    dropConnection: () => socket.close(closeCodes.slow, 'Events were not read in time: come back with the last cursor'),
    streamEndsWithToken: false,
    turn: turn ?? noTurn,
    loaded: new Loaded(),
    source: { text, at: ['payload', 'variables'], variables: payload.variables },
  })

  const prepare = async (session: Session, message: Message, payload: SubscribePayload) => {
    const context = contextOf(session, message, payload)
    message.turn ??= await turns.take(callerOf(context))
    await rates.demandGoodDocuments(payerOf(context))
    const { schema, parse, validate, contextFactory, execute, subscribe } = endpoint.getEnveloped({
      ...context,
      turn: message.turn,
    })
    const document = parse(payload.query)
    const errors = validate(schema, document)
    if (errors.length > 0) return errors
    const { operationName, variables: variableValues } = payload
    const contextValue = await contextFactory()
    return { schema, document, operationName, variableValues, contextValue, rootValue: traced({ execute, subscribe }) }
  }

  const protocol = makeServer<Record<string, unknown>, Session>({
    connectionInitWaitTimeout: socketLimits.initialisation,
    async onConnect({ connectionParams, extra }) {
      const { socket, request, address } = extra
      try {
        const viewer = await authenticate(authorizationOf(connectionParams, request), address)
        // It may be gone by now, and would never let go of its token.
        if (socket.readyState !== socket.OPEN) return false
        if (services.tokensInUse.holders(viewer) >= socketLimits.perToken) {
          refuse(extra, closeCodes.tooMany, `More than ${socketLimits.perToken} sockets and streams on one token`)
          return false
        }
        extra.viewer = viewer
        onLogIn(request.socket)
        socket.once(
          'close',
          services.tokensInUse.hold(viewer, (reason) => closeFor(socket, reason)),
        )
        return true
      } catch (error) {
        if (error instanceof Unauthenticated) refuse(extra, closeCodeOf(error), error.message, error.caller)
        else if (error instanceof RetryLater) refuse(extra, closeCodes.tooMany, error.message)
        else refuse(extra, closeCodes.failed, present(error).message)
        return false
      }
    },
    async onSubscribe({ extra }, id, payload) {
      const { running, message } = extra
      // What the client has just completed takes a moment to end.
      if (running.size >= socketLimits.operations) await setImmediate()
      if (id.length > socketLimits.id)
        return [badUserInput(`The id of an operation may have ${socketLimits.id} characters.`)]
      if (running.has(id)) return [badUserInput('The operation that had this id still runs: use another id.')]
      if (running.size >= socketLimits.operations) return [tooMany(running.size)]
      running.add(id)
      message.id = id
      return prepare(extra, message, payload).catch((error: unknown) => [present(error)])
    },
    execute: (args) => engineOf(args).execute(args),
    subscribe: (args) => engineOf(args).subscribe(args),
    onNext({ extra }, _id, _payload, _args, { errors, data = null }) {
      if (!errors) return
      noteLimits(extra, errors)
      return { data, errors: withoutHttp(errors) }
    },
    onError({ extra }, _id, _payload, errors) {
      noteLimits(extra, errors)
      return withoutHttp(errors)
    },
  })

  /** Until it is the message's turn to be looked at: to parse a large one takes its time. No more is read of the socket meanwhile. */
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
        socket.close(closeCodes.later, shortened(present(error).message))
        return
      } finally {
        socket.resume()
      }
    }
    void receive(session, { text: String(data), ...(turn && { turn }) }, handle)
  }

  /** Until the operation that the message asks for has ended. */
  const receive = async (session: Session, message: Message, handle: (text: string) => Promise<void>) => {
    const { socket } = session
    const { text } = message
    // Even a ping is answered, with what it carries: who asks and does not read costs itself only.
    if (socket.bufferedAmount > socketLimits.unread) socket.terminate()
    if (isNestedDeeper(text, socketLimits.nesting)) {
      socket.close(closeCodes.badRequest, `The message is nested more than ${socketLimits.nesting} levels deep`)
    }
    if (socket.readyState !== socket.OPEN) return message.turn?.end()
    session.message = message
    try {
      await handle(text)
    } catch (error) {
      // What is being written to a client that goes away fails.
      if (socket.readyState !== socket.OPEN) return
      log.error({ err: error }, 'a message on a WebSocket failed')
      socket.close(closeCodes.failed, 'The gateway failed to answer')
    } finally {
      message.turn?.end()
      if (message.id !== undefined) session.running.delete(message.id)
    }
  }

  const open = (session: Session) => {
    const { socket } = session
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
    const stopAsking = keepAlive(socket)
    socket.once('close', (code, reason) => {
      stopAsking()
      void closed(code, String(reason))
    })
  }

  return {
    upgrade(request, stream, head) {
      const address = addressOf(request)
      limitUntil(stream, socketLimits.beforeLogIn, () => session?.viewer !== undefined)
      let session: Session | undefined
      server.handleUpgrade(request, stream, head, (socket) => {
        // The close code has told the client what it did wrong.
        socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket failed'))
        session = {
          socket,
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
      const closed = [...server.clients].map((client) => {
        client.close(closeCodes.restart, 'The gateway shuts down: come back with the last cursor')
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

/** Ends a stream on which more than `most` bytes come before it is `trusted`. */
function limitUntil(stream: Duplex, most: number, trusted: () => boolean): void {
  let bytes = 0
  const count = (chunk: Buffer) => {
    bytes += chunk.length
    if (trusted()) stream.off('data', count)
    else if (bytes > most) stream.destroy()
  }
  stream.on('data', count)
}

/** Tells a client of another protocol what to use, in the words of the former one where it speaks that. */
function turnAway(socket: WebSocket): void {
  if (socket.protocol === FORMER_PROTOCOL) {
    socket.send(JSON.stringify({ type: 'connection_error', payload: { message: `${USE_THE_PROTOCOL}.` } }))
  }
  socket.close(closeCodes.wrongProtocol, shortened(USE_THE_PROTOCOL))
}

/** Pings the client, and cuts it off when it does not answer. Returns what stops that. */
function keepAlive(socket: WebSocket): () => void {
  let answered = true
  socket.on('pong', () => {
    answered = true
  })
  const timer = setInterval(() => {
    // What waits for its turn is not read on, and no pong is read either.
    if (socket.isPaused) {
      answered = true
      return
    }
    if (!answered) return socket.terminate()
    answered = false
    socket.ping()
  }, socketLimits.keepAlive)
  return () => clearInterval(timer)
}

function closeFor(socket: WebSocket, reason: Unauthenticated): void {
  socket.close(closeCodeOf(reason), shortened(reason.message))
}

function tooMany(running: number): GraphQLError {
  return badUserInput(
    `This socket runs ${running} operations already, the most it may: wait for one to end, or open another socket.`,
  )
}

/** What an operation logs stands under an id of its own. */
function traced({ execute, subscribe }: Engine): Engine {
  const requestId = randomUUID()
  return {
    execute: (args) => workingFor.run({ requestId }, execute, args),
    subscribe: (args) => workingFor.run({ requestId }, subscribe, args),
  }
}

/** What errors mean for the status of an HTTP response is not for a WebSocket. */
function withoutHttp(errors: readonly GraphQLError[]) {
  return errors.map((error) => {
    const { extensions: { http: _, ...extensions } = {}, ...formatted } = error.toJSON()
    return { ...formatted, extensions }
  })
}

function engineOf(args: { rootValue?: unknown }): Engine {
  return args.rootValue as Engine
}

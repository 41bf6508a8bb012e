import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { GraphQLError } from 'graphql'
import { CloseCode, type SubscribePayload } from 'graphql-ws'
import { type Extra, useServer } from 'graphql-ws/use/ws'
import type { Logger } from 'pino'
import { type WebSocket, WebSocketServer } from 'ws'
import { at } from '../at.ts'
import { type Context, type Services, standing } from '../graphql/context.ts'
import { badUserInput } from '../graphql/errors.ts'
import type { LogIn } from '../identity/log-in.ts'
import { Unauthenticated } from '../identity/unauthenticated.ts'
import type { Viewer } from '../identity/viewer.ts'
import { workingFor } from '../log.ts'
import { RateLimited } from '../request-error.ts'
import type { AddressOf } from './address.ts'
import { type GraphQLEndpoint, LARGEST_BODY } from './graphql.ts'

/**
 * How a socket closes. Clients of graphql-ws come back after EXPIRED, RESTART, SLOW and LATER by themselves and take the others for
 * final. RFC 6455, section 7.4; graphql-transport-ws, PROTOCOL.md.
 */
const close = {
  unauthorized: CloseCode.Unauthorized,
  expired: CloseCode.Forbidden,
  tooMany: CloseCode.TooManyInitialisationRequests,
  restart: 1012,
  slow: 1013,
  later: 1013,
  failed: CloseCode.InternalServerError,
} as const

/** What sockets may ask of a gateway. */
export const socketLimits = {
  /** Milliseconds until `connection_init` must have come. */
  initialisation: 3_000,
  /** Open sockets and streams of one token. */
  perToken: 2_000,
  /** Operations that run on one socket at a time. */
  operations: 100,
  /** Bytes of a message. */
  message: LARGEST_BODY,
  /** Bytes of answers that may wait for a client that goes on asking. */
  unread: 16 * LARGEST_BODY,
} as const

export interface WebSockets {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Closes every socket with 1012: come back, to another gateway or a new process. */
  stop(): Promise<void>
}

type Session = { viewer?: Viewer } & Record<PropertyKey, unknown>

/** GraphQL over WebSocket with the sub-protocol graphql-transport-ws. */
export function webSockets(options: {
  endpoint: GraphQLEndpoint
  services: Services
  authenticate: LogIn
  addressOf: AddressOf
  present: (error: unknown) => GraphQLError
  log: Logger
}): WebSockets {
  const { endpoint, services, authenticate, addressOf, present, log } = options
  const server = new WebSocketServer({ noServer: true, maxPayload: socketLimits.message })

  const context = ({ viewer, socket, request }: Extra & Session): Context => ({
    ...services,
    address: addressOf(request),
    authentication: standing(
      viewer ?? new Unauthenticated('missing', 'No access token was sent.'),
      services.tokensInUse,
    ),
    dropConnection: () => socket.close(close.slow, 'Events were not read in time: come back with the last cursor'),
    streamEndsWithToken: false,
  })

  const prepare = async (session: Extra & Session, payload: SubscribePayload) => {
    const { schema, parse, validate, contextFactory, execute, subscribe } = endpoint.getEnveloped(context(session))
    const document = parse(payload.query)
    const errors = validate(schema, document)
    if (errors.length > 0) return errors
    const { operationName, variables: variableValues } = payload
    const contextValue = await contextFactory()
    return { schema, document, operationName, variableValues, contextValue, rootValue: traced({ execute, subscribe }) }
  }

  useServer<{ Authorization?: unknown }, Session>(
    {
      connectionInitWaitTimeout: socketLimits.initialisation,
      async onConnect({ connectionParams, extra }) {
        try {
          const { Authorization: authorization } = connectionParams ?? {}
          const viewer = await authenticate(
            typeof authorization === 'string' ? authorization : undefined,
            addressOf(extra.request),
          )
          // It may be gone by now, and would never let go of its token.
          if (extra.socket.readyState !== extra.socket.OPEN) return false
          if (services.tokensInUse.holders(viewer) >= socketLimits.perToken) {
            extra.socket.close(close.tooMany, `More than ${socketLimits.perToken} sockets and streams on one token`)
            return false
          }
          extra.viewer = viewer
          extra.socket.once(
            'close',
            services.tokensInUse.hold(viewer, (reason) => closeFor(extra.socket, reason)),
          )
          return true
        } catch (error) {
          if (error instanceof Unauthenticated) {
            closeFor(extra.socket, error)
          } else if (error instanceof RateLimited) {
            extra.socket.close(close.tooMany, shortened(error.message))
          } else {
            extra.socket.close(close.failed, shortened(present(error).message))
          }
          return false
        }
      },
      onSubscribe: ({ extra, subscriptions }, id, payload) =>
        exceeds(subscriptions, id) ?? prepare(extra, payload).catch((error: unknown) => [present(error)]),
      execute: (args) => engine(args).execute(args),
      subscribe: (args) => engine(args).subscribe(args),
      onNext: (_context, _id, _payload, _args, { errors, data = null }) =>
        errors && { data, errors: withoutHttp(errors) },
      onError: (_context, _id, _payload, errors) => withoutHttp(errors),
    },
    server,
  )

  return {
    upgrade: (request, socket, head) =>
      server.handleUpgrade(request, socket, head, (webSocket) => {
        server.emit('connection', webSocket, request)
        // Even a ping is answered, with what it carries: who asks and does not read costs itself only.
        webSocket.on('message', () => {
          if (webSocket.bufferedAmount > socketLimits.unread) webSocket.terminate()
        })
        // The library prints what a client did wrong on the console; the close code has told the client.
        webSocket.removeAllListeners('error').on('error', (error) => log.debug({ err: error }, 'a WebSocket failed'))
      }),

    async stop() {
      const closed = [...server.clients].map((client) => {
        client.close(close.restart, 'The gateway goes down: come back with the last cursor')
        return new Promise((resolve) => client.once('close', resolve))
      })
      const tooLong = at(new Date(Date.now() + 1_000), () => {
        for (const client of server.clients) client.terminate()
      })
      await Promise.all(closed)
      tooLong()
    },
  }
}

function closeFor(socket: WebSocket, { reason, message }: Unauthenticated): void {
  const codes: Partial<Record<typeof reason, number>> = { expired: close.expired, unavailable: close.later }
  socket.close(codes[reason] ?? close.unauthorized, shortened(message))
}

/** RFC 6455, section 5.5: a close frame has room for 123 bytes. */
function shortened(message: string): string {
  const bytes = Buffer.from(message.replace(/\.$/, ''))
  return bytes.length <= 123
    ? bytes.toString()
    : `${bytes
        .subarray(0, 120)
        .toString()
        .replace(/\uFFFD+$/, '')}…`
}

/** The one that is about to begin is among them. */
function exceeds(running: object, id: string): GraphQLError[] | undefined {
  const others = Object.keys(running).filter((other) => other !== id).length
  if (others < socketLimits.operations) return undefined
  return [
    badUserInput(
      `This socket runs ${others} operations already, the most it may: complete one, or open another socket.`,
    ),
  ]
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

type Engine = Pick<ReturnType<GraphQLEndpoint['getEnveloped']>, 'execute' | 'subscribe'>

function engine(args: { rootValue?: unknown }): Engine {
  return args.rootValue as Engine
}

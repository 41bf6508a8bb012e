import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { GraphQLSchema } from 'graphql'
import type { Logger } from 'pino'
import type { RateLimits } from '../admission/rate-limits.ts'
import { noTurn, type Turns } from '../admission/turns.ts'
import { HttpError } from '../contract/http-error.ts'
import { quoted } from '../contract/quoted.ts'
import { Overloaded, RequestError } from '../contract/request-error.ts'
import { type Context, callerOf, type Services, viewerOf } from '../graphql/context.ts'
import { createErrorMask } from '../graphql/errors.ts'
import { Documents } from '../graphql/execution/documents.ts'
import { createGraphQLEndpoint, LARGEST_BODY, LARGEST_BODY_OF_STRANGERS } from '../graphql/execution/endpoint.ts'
import { payerOf } from '../graphql/execution/limits.ts'
import { Loaded } from '../graphql/loaded.ts'
import type { LimitedAuthentication } from '../identity/authentication/limited-authentication.ts'
import { Unauthenticated } from '../identity/unauthenticated.ts'
import { type AllowedNetworks, siteOf } from '../outbound/addresses.ts'
import { noteFailure, type Work, workingFor } from '../process/log.ts'
import type { Metrics } from '../process/metrics.ts'
import { REQUEST } from '../process/terminal.ts'
import { CONSOLE, type Console, isConsolePath } from './console/console.ts'
import { asksForGraphiQL, type GraphiQLPage } from './graphiql/graphiql.ts'
import { createMethodEndpoint, isMethodPath, METHODS } from './methods.ts'
import type { Readiness } from './readiness.ts'
import { sendRefusal } from './refusal.ts'
import type { AddressOf } from './request/address.ts'
import { BodyRoom, emptyBody, readBody } from './request/body.ts'
import { Connections } from './request/connections.ts'
import { graphQLRequest } from './request/graphql-request.ts'
import type { Hosts } from './request/hosts.ts'
import { sendJson } from './request/json.ts'
import type { Origins } from './request/origins.ts'
import { GRAPHQL, type RequestTarget, requestTarget } from './request/request-target.ts'
import { type Route, readOnly } from './request/route.ts'
import { answerUnread, refuseUpgrade } from './socket-refusal.ts'
import { createWebSockets } from './websocket/websocket.ts'

/** How long a client that has stopped reading a stream may take to read why it ended. */
const DROP_AFTER_MS = 30_000
/** How long requests in progress may take to end when the gateway stops. */
const STOP_WITHIN_MS = 5_000

/** Limits of HTTP itself: milliseconds, and the number of connections. */
const limits = {
  /** Until the head of a request has arrived. */
  headersTimeout: 15_000,
  /** Until all of the request has arrived. */
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  connections: 20_000,
} as const

export interface HttpServer {
  /** @returns the address that it listens on, such as `http://127.0.0.1:4000` */
  listen(host: string, port: number): Promise<string>
  /** Accepts no more requests, gives those in progress five seconds to end, and closes what is still open. */
  stop(): Promise<void>
}

/** One port for everything: GraphQL over HTTP, SSE and WebSocket, the console, GraphiQL, the specification's methods, health, metrics. */
export function createHttpServer(options: {
  schema: GraphQLSchema
  services: Services
  authenticate: LimitedAuthentication
  addressOf: AddressOf
  /** Networks of proxies, which open connections on behalf of others. */
  trustedProxies: AllowedNetworks
  hosts: Hosts
  origins: Origins
  rates: RateLimits
  turns: Turns
  arrivals: Turns
  /** If absent, the console is not served. */
  console: Console | undefined
  /** If absent, GraphiQL is not served. */
  graphiql: GraphiQLPage | undefined
  /** Whether the schema can be queried, even without a token. */
  introspection: boolean
  /** Further routes, by path. */
  routes: Readonly<Record<string, Route>>
  readiness: () => Promise<Readiness>
  metrics: Metrics
  log: Logger
}): HttpServer {
  const { schema, services, authenticate, addressOf, hosts, origins, rates, turns, arrivals, graphiql, introspection } =
    options
  const { metrics, log } = options
  const endpoint = createGraphQLEndpoint(schema, { documents: new Documents(), introspection, rates, log })
  const mask = createErrorMask(log)
  const room = new BodyRoom()
  const connections = new Connections(options.trustedProxies)
  const sockets = createWebSockets({
    endpoint,
    services,
    authenticate,
    addressOf,
    onLogIn: (socket) => connections.trust(socket),
    rates,
    turns,
    room,
    mask,
    log,
  })

  /** Finds out who is calling, before any of the body is read. */
  const contextOf = async (request: IncomingMessage, response: ServerResponse): Promise<Context> => {
    const address = addressOf(request)
    const authentication = await authenticate(request.headers.authorization, address).catch(ifUnauthenticated)
    note(authentication)
    if (!(authentication instanceof Unauthenticated)) connections.trust(request.socket)
    return {
      ...services,
      authentication,
      address,
      dropConnection: () => {
        // If the response has been read to its end, the connection may serve another request by then.
        const drop = () => response.writableFinished || request.socket.destroy()
        setTimeout(drop, DROP_AFTER_MS).unref()
      },
      streamEndsWithToken: true,
      turn: noTurn,
      asOf: services.feed.now(),
      loaded: new Loaded(),
    }
  }
  /** A request that can't be read counts against its caller's limit like a document that is rejected. */
  const read = (request: IncomingMessage, body: string, context: Context) => {
    try {
      return graphQLRequest(request, body)
    } catch (error) {
      rates.noteRefused(payerOf(context), body.length)
      throw error
    }
  }
  const methods = createMethodEndpoint({ schema, endpoint, contextOf, rates, turns, room, mask })

  const routes: Record<string, Route> = {
    ...options.routes,

    async [GRAPHQL](request, response) {
      if (graphiql && asksForGraphiQL(request)) return graphiql.handle(request, response)
      const context = await contextOf(request, response)
      const isStranger = context.authentication instanceof Unauthenticated
      // If introspection is off, a caller without a token has nothing to query.
      if (!introspection) viewerOf(context)
      const caller = callerOf(context)
      const most = isStranger ? LARGEST_BODY_OF_STRANGERS : LARGEST_BODY
      const body = request.method === 'POST' ? await readBody(request, { most, room, caller }) : emptyBody
      // Parsing a megabyte takes time, so it waits for the caller's turn.
      const turn = await turns.take(caller).finally(body.release)
      try {
        // The client may have left while it waited.
        if (response.closed) return
        await rates.demandGoodDocuments(payerOf(context))
        const { params, source } = read(request, body.text, context)
        await endpoint.respond(request, response, { ...context, turn, source }, params)
      } finally {
        turn.end()
      }
    },

    '/health': readOnly((_request, response) => sendJson(response, 200, { status: 'alive' })),

    '/ready': readOnly(async (_request, response) => {
      const { ready, troubles } = await options.readiness()
      const status = ready ? 'ready' : 'not ready'
      sendJson(response, ready ? 200 : 503, troubles.length > 0 ? { status, troubles } : { status })
    }),

    '/metrics': readOnly(async (_request, response) => {
      const text = await metrics.text()
      response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text)
    }),
  }

  const answer = async (request: IncomingMessage, response: ServerResponse, path: string) => {
    origins.demand(request)
    if (origins.answerPreflight(request, response)) return
    if (path === '*') return response.writeHead(204, { allow: 'GET, HEAD, POST, OPTIONS' }).end()
    if (path.startsWith(METHODS)) return methods(request, response, path.slice(METHODS.length))
    if (options.console && isConsolePath(path)) return options.console.handle(request, response, path)
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined
    if (!route) throw new HttpError(404, `There is nothing at ${shown(path)}. GraphQL is at ${GRAPHQL}.`)
    return route(request, response)
  }

  let stopping = false
  /** Sockets on which a response is in progress. */
  const answering = new WeakSet<Socket>()

  const server = createServer({ ...limits, requireHostHeader: false, shouldUpgradeCallback: isWebSocket })
  server.maxConnections = limits.connections
  server.on('connection', (socket) => {
    if (!connections.admit(socket)) {
      log.warn({ address: socket.remoteAddress }, 'connection refused: too many connections without a valid token')
      socket.destroy()
    }
  })
  server.on('drop', () => log.warn({ connections: limits.connections }, 'connection refused: too many connections'))

  server.on('request', (request, response) => {
    const work: Work = { requestId: randomUUID() }
    answering.add(request.socket)
    response.once('close', () => {
      answering.delete(request.socket)
      // An idle keep-alive connection would delay the stop.
      if (stopping) setImmediate(() => server.closeIdleConnections())
    })
    response.setHeader('x-request-id', work.requestId)
    workingFor.run(work, async () => {
      /** Empty until the target has been read. */
      let path = ''
      whenDone(response, (done) => {
        const known = Object.hasOwn(routes, path) || isMethodPath(path)
        const counted = known ? path : isConsolePath(path) ? CONSOLE : 'other'
        metrics.requestDone({ path: counted, status: done.status, seconds: done.ms / 1_000 })
        const { requestId: _, confidential: _secret, ...facts } = work
        log.info({ method: request.method, path: shown(path), ...done, address: addressOf(request), ...facts }, REQUEST)
      })
      try {
        const target = requestTarget(request)
        path = target.path
        request.url = path + target.query
        // Those with a token arrive when it is checked, in turns of their application: see limited-authentication.ts.
        if (!request.headers.authorization) await arrivals.pass(siteOf(addressOf(request)))
        if (response.closed) return
        demandHost(request, target)
        await answer(request, response, path)
      } catch (error) {
        // The client has gone away.
        if (response.closed) return
        if (error instanceof RequestError) {
          noteFailure(error.code, error.message)
          if (response.headersSent) response.destroy()
          else sendRefusal(request, response, path, error)
          return
        }
        work.code = 'INTERNAL_SERVER_ERROR'
        log.error({ err: error }, 'a request failed')
        const message = `Something went wrong in the gateway. Its log has the details under the id ${work.requestId}.`
        if (response.headersSent) response.destroy()
        else sendJson(response, 500, { error: message })
      }
    })
  })

  /** @throws HttpError if the request is for another host */
  const demandHost = (request: IncomingMessage, target: RequestTarget) => {
    hosts.demand(request, target)
    // RFC 9112, section 3.2.2: then the header does not count.
    if (target.authority) request.headers.host = target.authority
  }

  server.on('upgrade', async (request, socket, head) => {
    // Node.js no longer listens on the socket: without a listener, a client that resets it would end the process.
    socket.on('error', () => socket.destroy())
    const address = addressOf(request)
    try {
      const target = requestTarget(request)
      demandHost(request, target)
      await arrivals.pass(siteOf(address))
      if (socket.destroyed) return
      if (stopping) throw new HttpError(503, 'The gateway is shutting down. Connect again.', { code: 'SHUTTING_DOWN' })
      origins.demand(request)
      if (target.path !== GRAPHQL) {
        throw new HttpError(404, `There is no WebSocket at ${shown(target.path)}. GraphQL is at ${GRAPHQL}.`)
      }
      if (!connections.count(socket, address)) throw new Overloaded()
      sockets.upgrade(request, socket, head)
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      const status = error instanceof HttpError ? error.status : 503
      log.info({ address, status, code: error.code, message: error.message }, 'WebSocket refused')
      refuseUpgrade(socket, status, error.message)
    }
  })

  server.on('connect', (_request, socket) => refuseUpgrade(socket, 405, 'This is not a proxy. Use GET or POST.'))
  server.on('checkExpectation', (request, response) => {
    const expected = quoted(request.headers.expect)
    sendJson(response, 417, { error: `The expectation ${expected} is not supported.` })
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable || answering.has(socket as Socket)) return socket.destroy()
    const { status, message } = answerUnread(error.code)
    log.info({ address: (socket as Socket).remoteAddress, status }, 'a request could not be read')
    refuseUpgrade(socket, status, message)
  })

  return {
    async listen(host, port) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', (error) => reject(explainListen(error, host, port))).listen(port, host, resolve)
      })
      const { address, family, port: taken } = server.address() as AddressInfo
      return `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`
    },

    async stop() {
      stopping = true
      const closed = new Promise((resolve) => server.close(resolve))
      const tooLong = setTimeout(() => connections.destroy(), STOP_WITHIN_MS)
      await sockets.stop()
      await closed
      clearTimeout(tooLong)
    },
  }
}

/** RFC 9110, section 7.8: an upgrade to anything else is ignored, and the request is answered over HTTP. */
function isWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && /(^|[\s,])websocket([\s,]|$)/i.test(headers.upgrade ?? '')
}

function note(authentication: Context['authentication']): void {
  const work = workingFor.getStore()
  const caller = authentication instanceof Unauthenticated ? authentication.caller : authentication
  if (!work || !caller) return
  work.client = caller.clientId
  work.license = caller.licenseId
}

/** Shortened for a log line or a message. */
function shown(path: string): string {
  return path.length > 100 ? `${path.slice(0, 100)}…` : path
}

function explainListen(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code !== 'EADDRINUSE') return error
  return new Error(
    `Port ${port} of ${host} is already in use. Stop the program that listens on it, or set PORT to another port.`,
    {
      cause: error,
    },
  )
}

function ifUnauthenticated(error: unknown): Unauthenticated {
  if (error instanceof Unauthenticated) return error
  throw error
}

function whenDone(
  response: ServerResponse,
  report: (done: { status: number; ms: number; whole: boolean }) => void,
): void {
  const begun = performance.now()
  response.once('close', () => {
    const ms = Math.round(10 * (performance.now() - begun)) / 10
    report({ status: response.statusCode, ms, whole: response.writableFinished })
  })
}

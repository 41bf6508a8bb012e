import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { GraphQLSchema } from 'graphql'
import type { Logger } from 'pino'
import type { Context, Services } from '../graphql/context.ts'
import { presentError } from '../graphql/errors.ts'
import type { LogIn } from '../identity/log-in.ts'
import { Unauthenticated } from '../identity/unauthenticated.ts'
import { workingFor } from '../log.ts'
import { MethodError } from '../methods/method-error.ts'
import type { Metrics } from '../metrics.ts'
import type { RateLimits } from '../rate-limits.ts'
import { RateLimited } from '../request-error.ts'
import type { AddressOf } from './address.ts'
import { asksForGraphiQL, type GraphiQLPage } from './graphiql.ts'
import { graphqlEndpoint } from './graphql.ts'
import { sendJson } from './json.ts'
import { isMethodPath, METHODS, methodEndpoint, sendMethodError } from './methods.ts'
import type { Origins } from './origins.ts'
import { webSockets } from './websocket.ts'

/** How long a client that has stopped reading a stream may take to notice. */
const DROP_AFTER_MS = 30_000

export interface HttpServer {
  /** Resolves to the address that it listens on, such as `http://127.0.0.1:4000`. */
  listen(host: string, port: number): Promise<string>
  /** Takes no more requests, lets those under way end, and closes what stays open. */
  stop(): Promise<void>
}

export interface Readiness {
  /** Whether the gateway can serve. */
  readonly ready: boolean
  /** What keeps it from that, or from doing it in full; empty when nothing does. */
  readonly troubles: readonly string[]
}

export type Route = (request: IncomingMessage, response: ServerResponse) => unknown

/** One port for everything: GraphQL over HTTP, SSE and WebSocket, GraphiQL, the specification's methods, health, metrics. */
export function httpServer(options: {
  schema: GraphQLSchema
  services: Services
  authenticate: LogIn
  addressOf: AddressOf
  origins: Origins
  rates: RateLimits
  /** Absent: there is none. */
  graphiql: GraphiQLPage | undefined
  /** Whether the schema can be asked for. */
  introspection: boolean
  /** Further ones, by path. */
  routes: Readonly<Record<string, Route>>
  readiness: () => Promise<Readiness>
  metrics: Metrics
  log: Logger
}): HttpServer {
  const { schema, services, authenticate, addressOf, origins, rates, graphiql, introspection, metrics, log } = options
  const endpoint = graphqlEndpoint(schema, { introspection, rates, log })
  const present = presentError(log)
  const sockets = webSockets({ endpoint, services, authenticate, addressOf, present, log })

  const contextOf = async (request: IncomingMessage, response?: ServerResponse): Promise<Context> => {
    const address = addressOf(request)
    return {
      ...services,
      authentication: await authenticate(request.headers.authorization, address).catch(ifUnauthenticated),
      address,
      dropConnection: () => {
        // If the answer has been read to its end, the connection is another request's by then.
        const drop = () => response?.writableFinished || request.socket.destroy()
        setTimeout(drop, DROP_AFTER_MS).unref()
      },
      streamEndsWithToken: true,
    }
  }
  const methods = methodEndpoint({ schema, endpoint, contextOf, present })

  const routes: Record<string, Route> = {
    ...options.routes,

    async '/graphql'(request, response) {
      if (graphiql && asksForGraphiQL(request)) return graphiql.handle(request, response)
      return endpoint(request, response, await contextOf(request, response))
    },

    '/health': (_request, response) => sendJson(response, 200, { status: 'alive' }),

    async '/ready'(_request, response) {
      const { ready, troubles } = await options.readiness()
      const status = ready ? 'ready' : 'not ready'
      sendJson(response, ready ? 200 : 503, troubles.length > 0 ? { status, troubles } : { status })
    },

    async '/metrics'(_request, response) {
      const text = await metrics.text()
      response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text)
    },
  }

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = pathOf(request)
    if (!origins.admits(request)) return refuse(response, path, origins.explain(request))
    if (origins.answerPreflight(request, response)) return
    if (path.startsWith(METHODS)) return methods(request, response, path.slice(METHODS.length))
    const route = routes[path]
    if (route) return route(request, response)
    sendJson(response, 404, { error: `There is nothing at ${path}. GraphQL is at /graphql.` })
  }

  let stopping = false
  const server = createServer((request, response) => {
    const requestId = randomUUID()
    // A connection that is kept alive would hold up the stop.
    response.once('close', () => stopping && setImmediate(() => server.closeIdleConnections()))
    response.setHeader('x-request-id', requestId)
    workingFor.run({ requestId }, async () => {
      whenDone(request, response, (done) => {
        const { path, status, ms } = done
        metrics.requestDone({
          path: path in routes || isMethodPath(path) ? path : 'other',
          status,
          seconds: ms / 1_000,
        })
        log.info(done, 'request')
      })
      try {
        await answer(request, response)
      } catch (error) {
        if (error instanceof RateLimited) return tooMany(response, error)
        log.error({ err: error }, 'a request failed')
        if (response.headersSent) response.destroy()
        else
          sendJson(response, 500, {
            error: `The gateway failed to answer. Its log tells more under the id ${requestId}.`,
          })
      }
    })
  })

  server.on('upgrade', (request, socket, head) => {
    // Node.js has let go of the socket: without a listener, a client that resets it would end the process.
    socket.on('error', () => socket.destroy())
    if (stopping) refuseUpgrade(socket, '503 Service Unavailable')
    else if (!origins.admits(request)) refuseUpgrade(socket, '403 Forbidden')
    else if (pathOf(request) === '/graphql') sockets.upgrade(request, socket, head)
    else refuseUpgrade(socket, '404 Not Found')
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
      await sockets.stop()
      const tooLong = setTimeout(() => server.closeAllConnections(), 5_000)
      await closed
      clearTimeout(tooLong)
    },
  }
}

function explainListen(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code !== 'EADDRINUSE') return error
  return new Error(`Something else listens on port ${port} of ${host}: stop it, or set PORT to another one.`, {
    cause: error,
  })
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '/'
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`)
}

/** GraphQL's own form of errors, which whoever asked for something else can read as well. */
function tooMany(response: ServerResponse, { message, code, retryAfter }: RateLimited): void {
  response.setHeader('retry-after', retryAfter)
  sendJson(response, 429, { errors: [{ message, extensions: { code, retryAfter } }] })
}

function refuse(response: ServerResponse, path: string, why: string): void {
  if (path.startsWith(METHODS)) sendMethodError(response, new MethodError('authorization', why))
  else sendJson(response, 403, { error: why })
}

function ifUnauthenticated(error: unknown): Unauthenticated {
  if (error instanceof Unauthenticated) return error
  throw error
}

function whenDone(
  request: IncomingMessage,
  response: ServerResponse,
  tell: (done: { method: string | undefined; path: string; status: number; ms: number; whole: boolean }) => void,
): void {
  const begun = performance.now()
  response.once('close', () => {
    const { method } = request
    const ms = Math.round(10 * (performance.now() - begun)) / 10
    tell({ method, path: pathOf(request), status: response.statusCode, ms, whole: response.writableFinished })
  })
}

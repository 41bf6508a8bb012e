import type { ServerResponse } from 'node:http'
import { type ExecutionResult, type GraphQLSchema, getOperationAST, OperationTypeNode } from 'graphql'
import { createYoga, type GraphQLParams, type Plugin, type YogaServerInstance } from 'graphql-yoga'
import type { Logger } from 'pino'
import type { RateLimits } from '../../admission/rate-limits.ts'
import { workingFor } from '../../process/log.ts'
import type { Context } from '../context.ts'
import { badUserInput, createErrorMask, refusal } from '../errors.ts'
import type { Documents } from './documents.ts'
import { useNoIntrospection } from './introspection.ts'
import { useLimits } from './limits.ts'
import { StreamRoom } from './stream-room.ts'
import { boundedSubscribe } from './subscribe.ts'

export const LARGEST_BODY = 1024 * 1024
export const LARGEST_BODY_OF_STRANGERS = 64 * 1024

/** The context; over HTTP also the operation, which has been read from the request already. */
type ServerContext = Context & { given?: GraphQLParams }

/** The GraphQL endpoint of every transport: HTTP, SSE and, through `getEnveloped`, WebSocket. Each of them supplies the context. */
export type GraphQLEndpoint = YogaServerInstance<ServerContext, object>

/** @param options.introspection whether clients may query the schema */
export function createGraphQLEndpoint(
  schema: GraphQLSchema,
  options: { documents: Documents; introspection: boolean; rates: RateLimits; log: Logger },
): GraphQLEndpoint {
  const { documents, introspection, rates, log } = options
  return createYoga<ServerContext>({
    schema,
    graphqlEndpoint: '/graphql',
    graphiql: false,
    landingPage: false,
    cors: false, // see origins.ts
    multipart: false,
    maxRequestBodySize: false, // see body.ts
    parserAndValidationCache: false, // see documents.ts
    logging: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    maskedErrors: { maskError: createErrorMask(log) },
    // In order. Each applies to every transport, unless it says HTTP.
    plugins: [
      useGiven(), // HTTP, request: passes on the operation that has been read already
      !introspection && useNoIntrospection(), // validate: hides the schema
      useLimits({ documents, rates, suggestions: introspection }), // parse, validate, execute, subscribe
      useTurn(), // execute: ends the turn, and refuses an operation that has loaded too much
      useSubscribe(documents, log), // subscribe: limits the caller's streams, and gives each event a context of its own
      useStatus(), // HTTP, result: errors set the status only of a response without data
      useStreams(), // HTTP, result: sends streams only to clients that accept them
    ],
  })
}

/** Runs one of the gateway's own documents, with the plugins of every transport. Errors are as callers may see them. */
export async function execute(
  endpoint: GraphQLEndpoint,
  context: Context,
  source: string,
  variableValues: Record<string, unknown>,
): Promise<ExecutionResult<Record<string, unknown>>> {
  const { schema, parse, validate, contextFactory, execute } = endpoint.getEnveloped(context)
  const document = parse(source)
  const errors = validate(schema, document)
  if (errors.length > 0) return { errors }
  return execute({ schema, document, variableValues, contextValue: await contextFactory() })
}

function useGiven(): Plugin<ServerContext> {
  return {
    onRequestParse({ serverContext, setRequestParser }) {
      const { given } = serverContext as Partial<ServerContext>
      if (given) setRequestParser(() => given)
    },
  }
}

function useTurn(): Plugin<Context> {
  return {
    onExecute: ({ args }) => ({
      onExecuteDone({ result, setResult }) {
        const { turn, loaded } = args.contextValue as Context
        turn.end()
        if (!loaded.refusal || Symbol.asyncIterator in result) return
        const errors = [...(result.errors ?? []), refusal(loaded.refusal)]
        // A mutation has taken effect: its response keeps what could be loaded.
        const isQuery = getOperationAST(args.document, args.operationName)?.operation === OperationTypeNode.QUERY
        setResult(isQuery ? { errors: errors.slice(-1) } : { ...result, errors })
      },
    }),
  }
}

function useSubscribe(documents: Documents, log: Logger): Plugin {
  const subscribe = boundedSubscribe({ documents, room: new StreamRoom(), log })
  return { onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe) }
}

/**
 * GraphQL over HTTP, section 6.4: a response with data is a success, whatever errors it has; and so is one of the media type
 * application/json, if the client asked for that type by name. The exception is a response without data that asks the client to
 * authenticate or to wait: it keeps its status, because proxies look at nothing else.
 */
function useStatus(): Plugin {
  const hidden: ReadonlySet<unknown> = new Set([400, 403])
  return {
    onResultProcess({ request, result }) {
      if (!result || Symbol.asyncIterator in result || Array.isArray(result)) return
      const legacy = request.headers.get('accept')?.includes('application/json') ?? false
      const work = workingFor.getStore()
      for (const { extensions } of result.errors ?? []) {
        if (work) work.code ??= String(extensions?.code)
        if (!extensions?.http) continue
        // A new object: other errors share the old one.
        if (result.data) delete extensions.http
        else extensions.http = { ...extensions.http, spec: legacy && hidden.has(extensions.http.status) }
      }
    },
  }
}

const NOT_A_STREAM =
  'A subscription returns a stream: accept `text/event-stream`, or use a WebSocket with the subprotocol graphql-transport-ws. Multipart responses are not supported.'
const NOTHING_ACCEPTABLE =
  'Accept `application/graphql-response+json` or `application/json`, or for a subscription `text/event-stream`.'

/** RFC 9110, section 15.5.7: a client that accepts none of the possible responses gets 406, as JSON, which most can read. */
function useStreams(): Plugin {
  return {
    onResultProcess({ result, resultProcessor, setResultProcessor, serverContext }) {
      const isStream = result !== undefined && Symbol.asyncIterator in result
      if (isStream && resultProcessor) {
        // Makes nginx pass events on as they come.
        const { res } = serverContext as unknown as { res: ServerResponse }
        res.setHeader('x-accel-buffering', 'no')
        // Yoga ends a stream if its client leaves later, but not if the client has left already.
        const end = () => void result[Symbol.asyncIterator]().return?.()
        if (res.closed) end()
        else res.once('close', end)
        return
      }
      if (resultProcessor) return
      if (isStream) void result[Symbol.asyncIterator]().return?.()
      const { message, extensions } = badUserInput(isStream ? NOT_A_STREAM : NOTHING_ACCEPTABLE)
      const body = { errors: [{ message, extensions: { code: extensions.code } }] }
      setResultProcessor(
        (_result, { Response }) =>
          new Response(JSON.stringify(body), {
            status: 406,
            headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
          }),
        'application/json',
      )
    },
  }
}

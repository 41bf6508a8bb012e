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

/** The context, and over HTTP the operation, which was read from the request already. */
type ServerContext = Context & { given?: GraphQLParams }

/** The GraphQL endpoint, given the context by who calls it: HTTP, SSE and, through `getEnveloped`, WebSocket. */
export type GraphQLEndpoint = YogaServerInstance<ServerContext, object>

/** @param options.introspection whether the schema can be asked for */
export function createGraphQLEndpoint(
  schema: GraphQLSchema,
  options: { documents: Documents; introspection: boolean; rates: RateLimits; log: Logger },
): GraphQLEndpoint {
  const { documents, introspection, rates, log } = options
  const present = createErrorMask(log)
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
    maskedErrors: { maskError: present },
    // In order. Each holds on every transport, except where it says HTTP.
    plugins: [
      useGiven(), // HTTP, request: the operation that was read already
      !introspection && useNoIntrospection(), // validate: nothing tells what there is
      useLimits({ documents, rates, suggestions: introspection }), // parse, validate, execute, subscribe
      useTurn(), // execute: the turn is over when the operation has run; what has loaded too much is refused
      useSubscribe(documents), // subscribe: within the caller's room, each event in a context of its own
      useStatus(), // HTTP, result: the status of errors is for answers without data
      useStreams(), // HTTP, result: streams are for those who can read them
    ],
  })
}

/** Runs a document of our own, with the plugins that hold on every transport. Errors are as callers may see them. */
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
        // What a mutation has changed is changed: its answer keeps what could be loaded.
        const isQuery = getOperationAST(args.document, args.operationName)?.operation === OperationTypeNode.QUERY
        setResult(isQuery ? { errors: errors.slice(-1) } : { ...result, errors })
      },
    }),
  }
}

function useSubscribe(documents: Documents): Plugin {
  const subscribe = boundedSubscribe({ documents, room: new StreamRoom() })
  return { onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe) }
}

/**
 * GraphQL over HTTP, section 6.4: an answer that holds data is a success, whatever errors stand beside it; and one of the media
 * type application/json is, when the client asked for that type by name. But a client that has to log in, or to wait, is told by the
 * status: what stands between the two looks at nothing else.
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
        // Not changed in place: it belongs to other errors, too.
        if (result.data) delete extensions.http
        else extensions.http = { ...extensions.http, spec: legacy && hidden.has(extensions.http.status) }
      }
    },
  }
}

const NOT_A_STREAM =
  'A subscription is answered as a stream: accept `text/event-stream`, or use a WebSocket with the subprotocol graphql-transport-ws. Multipart answers are not supported.'
const NOTHING_ACCEPTABLE =
  'The answer can be application/graphql-response+json or application/json, and that of a subscription text/event-stream.'

/** RFC 9110, section 15.5.7: an answer that the client can't read says so, in a form that most can. */
function useStreams(): Plugin {
  return {
    onResultProcess({ result, resultProcessor, setResultProcessor, serverContext }) {
      const isStream = result !== undefined && Symbol.asyncIterator in result
      if (isStream && resultProcessor) {
        // So that nginx hands events on as they come.
        const { res } = serverContext as unknown as { res: ServerResponse }
        res.setHeader('x-accel-buffering', 'no')
        // Yoga ends a stream whose client leaves later, and not one whose client has left already.
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

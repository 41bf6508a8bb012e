import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
} from 'graphql'
import { createYoga, type GraphQLParams, type Plugin, type YogaServerInstance } from 'graphql-yoga'
import type { Logger } from 'pino'
import type { RateLimits } from '../../admission/rate-limits.ts'
import type { Context } from '../context.ts'
import { badUserInput, createErrorMask } from '../errors.ts'
import { compressed } from './compression.ts'
import type { Documents } from './documents.ts'
import { boundedExecute, type Execute } from './execute.ts'
import { useNoIntrospection } from './introspection.ts'
import { acceptedJson, sendResult, setStatus } from './json-response.ts'
import { createAdmit, useLimits } from './limits.ts'
import { Plans } from './plans.ts'
import { StreamRoom } from './stream-room.ts'
import { boundedSubscribe, type Subscribe } from './subscribe.ts'

export const LARGEST_BODY = 1024 * 1024
export const LARGEST_BODY_OF_STRANGERS = 64 * 1024

/** The context; over HTTP also the operation, which has been read from the request already. */
type ServerContext = Context & { given?: GraphQLParams }

type Yoga = YogaServerInstance<ServerContext, object>

/** The GraphQL endpoint of every transport. Each of them supplies the context. */
export interface GraphQLEndpoint {
  /** Answers an operation over HTTP, or as a stream of SSE. */
  respond(request: IncomingMessage, response: ServerResponse, context: Context, given: GraphQLParams): Promise<void>
  /** Has the functions that parse and validate an operation of another transport. */
  readonly getEnveloped: Yoga['getEnveloped']
  /** Runs one of the gateway's own documents, with the limits of every transport. Errors are as callers may see them. */
  run(
    source: string,
    variableValues: Record<string, unknown>,
    contextValue: Context,
  ): Promise<ExecutionResult<Record<string, unknown>>>
  /** Run one that is valid. */
  readonly execute: Execute
  readonly subscribe: Subscribe
}

/** @param options.introspection whether clients may query the schema */
export function createGraphQLEndpoint(
  schema: GraphQLSchema,
  options: { documents: Documents; introspection: boolean; rates: RateLimits; log: Logger },
): GraphQLEndpoint {
  const { documents, introspection, rates, log } = options
  const admit = createAdmit({ rates })
  const mask = createErrorMask(log)
  const plans = new Plans()
  const execute = boundedExecute({ admit, plans, mask })
  const subscribe = boundedSubscribe({ documents, admit, plans, room: new StreamRoom(), mask, log })
  const yoga = createYoga<ServerContext>({
    schema,
    graphqlEndpoint: '/graphql',
    graphiql: false,
    landingPage: false,
    cors: false, // see origins.ts
    multipart: false,
    maxRequestBodySize: false, // see body.ts
    parserAndValidationCache: false, // see documents.ts
    logging: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    maskedErrors: { maskError: mask },
    // In order. Each applies to every transport, unless it says HTTP.
    plugins: [
      useGiven(), // HTTP, request: passes on the operation that has been read already
      !introspection && useNoIntrospection(), // validate: hides the schema
      useLimits({ documents, rates, suggestions: introspection }), // parse, validate: limits of documents
      useExecute(execute), // execute: limits the operation
      useSubscribe(subscribe), // subscribe: limits the caller's streams, and gives each event a context of its own
      useStatus(), // HTTP, result: errors set the status only of a response without data
      useStreams(), // HTTP, result: sends streams only to clients that accept them
      useCompression(), // HTTP, response: compresses large ones, except streams
    ],
  })

  return {
    getEnveloped: yoga.getEnveloped,
    execute,

    async run(source, variableValues, contextValue) {
      let document = documents.findValid(source)
      if (!document) {
        const { parse, validate } = yoga.getEnveloped(contextValue)
        document = parse(source) as DocumentNode
        const errors = validate(schema, document)
        if (errors.length > 0) return { errors }
      }
      return execute({ schema, document, variableValues, contextValue })
    },
    subscribe,

    async respond(request, response, context, given) {
      const { query = '', operationName, variables: variableValues } = given
      const document = request.method === 'POST' ? documents.findValid(query) : undefined
      const operation = document && getOperationAST(document, operationName)?.operation
      const type = acceptedJson(request.headers.accept)
      // Only a valid document that was seen before, to be answered as JSON. Yoga answers everything else.
      if (!document || !operation || operation === OperationTypeNode.SUBSCRIPTION || !type) {
        await yoga(request, response, { ...context, given })
        return
      }
      const result = await execute({ schema, document, operationName, variableValues, contextValue: context })
      setStatus(result, request.headers.accept)
      await sendResult(request, response, result, type)
    },
  }
}

function useGiven(): Plugin<ServerContext> {
  return {
    onRequestParse({ serverContext, setRequestParser }) {
      const { given } = serverContext as Partial<ServerContext>
      if (given) setRequestParser(() => given)
    },
  }
}

function useExecute(execute: Execute): Plugin {
  return { onExecute: ({ setExecuteFn }) => setExecuteFn(execute) }
}

function useSubscribe(subscribe: Subscribe): Plugin {
  return { onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe) }
}

function useStatus(): Plugin {
  return {
    onResultProcess({ request, result }) {
      if (!result || Symbol.asyncIterator in result || Array.isArray(result)) return
      setStatus(result, request.headers.get('accept'))
    },
  }
}

const NOT_A_STREAM =
  'A subscription returns a stream: accept `text/event-stream`, or use a WebSocket with the subprotocol graphql-transport-ws. Multipart responses are not supported.'

/** RFC 9110, section 15.5.7: a client that does not accept a stream gets 406, as JSON. One that accepts nothing at all: graphql-request.ts. */
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
      const { message, extensions } = badUserInput(NOT_A_STREAM)
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

function useCompression(): Plugin<ServerContext> {
  return {
    async onResponse({ response, serverContext, setResponse, fetchAPI: { Response } }) {
      const { status, statusText, headers } = response
      if (headers.get('content-type')?.startsWith('text/event-stream')) return
      const { req, res } = serverContext as unknown as { req: IncomingMessage; res: ServerResponse }
      const body = await compressed(req, res, await response.text())
      headers.set('content-length', String(Buffer.byteLength(body)))
      setResponse(new Response(body, { status, statusText, headers }))
    },
  }
}

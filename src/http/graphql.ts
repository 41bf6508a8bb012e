import type { ExecutionResult, GraphQLSchema } from 'graphql'
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga'
import type { Logger } from 'pino'
import type { Context } from '../graphql/context.ts'
import { presentError } from '../graphql/errors.ts'
import { useNoIntrospection } from '../graphql/introspection.ts'
import { useLimits } from '../graphql/limits.ts'
import { subscribe } from '../graphql/subscribe.ts'
import type { RateLimits } from '../rate-limits.ts'

export const LARGEST_BODY = 1024 * 1024

/** The GraphQL endpoint, given the context by who calls it: HTTP, SSE and, through `getEnveloped`, WebSocket. */
export type GraphQLEndpoint = YogaServerInstance<Context, object>

/** @param options.introspection whether the schema can be asked for */
export function graphqlEndpoint(
  schema: GraphQLSchema,
  { introspection, rates, log }: { introspection: boolean; rates: RateLimits; log: Logger },
): GraphQLEndpoint {
  const present = presentError(log)
  return createYoga<Context>({
    schema,
    graphqlEndpoint: '/graphql',
    graphiql: false,
    landingPage: false,
    cors: false, // see origins.ts
    multipart: false,
    maxRequestBodySize: LARGEST_BODY,
    logging: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    maskedErrors: { maskError: present },
    // In order. Each holds on every transport, except where it says HTTP.
    plugins: [
      !introspection && useNoIntrospection(), // validate, execute, subscribe: nothing tells what there is
      useLimits(rates), // parse, validate, execute, subscribe: what a document may hold and ask for, and how often
      useSubscribe(), // subscribe: each event in a context of its own
      useStatus(), // HTTP, result: the status of errors is for answers without data
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

function useSubscribe(): Plugin {
  return { onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe) }
}

/**
 * GraphQL over HTTP, section 6.4: an answer that holds data is a success, whatever errors stand beside it; and one of the media
 * type application/json is, when the client asked for that type by name. But who has to log in, or to wait, is told by the status:
 * what stands between the two looks at nothing else.
 */
function useStatus(): Plugin {
  const hidden: ReadonlySet<unknown> = new Set([400, 403])
  return {
    onResultProcess({ request, result }) {
      if (!result || Symbol.asyncIterator in result || Array.isArray(result)) return
      const legacy = request.headers.get('accept')?.includes('application/json') ?? false
      for (const { extensions } of result.errors ?? []) {
        if (!extensions?.http) continue
        // Not changed in place: it belongs to other errors, too.
        if (result.data) delete extensions.http
        else extensions.http = { ...extensions.http, spec: legacy && hidden.has(extensions.http.status) }
      }
    },
  }
}

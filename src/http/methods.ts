import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GraphQLError, GraphQLSchema } from 'graphql'
import { type Context, viewerOf } from '../graphql/context.ts'
import { call } from '../methods/call.ts'
import { MethodError, ofGraphQLError } from '../methods/method-error.ts'
import { isMethodName } from '../methods/methods.ts'
import { openApi } from '../methods/openapi.ts'
import { readBody } from './body.ts'
import { execute, type GraphQLEndpoint, LARGEST_BODY } from './graphql.ts'
import { sendJson } from './json.ts'

/** The folder of the methods. */
export const METHODS = '/agents/'
const DESCRIPTION = 'openapi.json'

/** Whether there is something at the path: what is not may be anything. */
export function isMethodPath(path: string): boolean {
  const name = path.slice(METHODS.length)
  return path.startsWith(METHODS) && (name === DESCRIPTION || isMethodName(name))
}

/** The specification's methods over HTTP, and their description. */
export function methodEndpoint(options: {
  schema: GraphQLSchema
  endpoint: GraphQLEndpoint
  contextOf: (request: IncomingMessage) => Promise<Context>
  present: (error: unknown) => GraphQLError
}): (request: IncomingMessage, response: ServerResponse, name: string) => Promise<void> {
  const { schema, endpoint, contextOf, present } = options
  const description = openApi(schema)

  const answer = async (request: IncomingMessage, name: string): Promise<object> => {
    if (name === DESCRIPTION) {
      demandVerb(request, ['GET', 'HEAD'])
      return description
    }
    if (!isMethodName(name)) {
      throw new MethodError(
        'not_found',
        `There is no method at ${METHODS}${name}; ${METHODS}${DESCRIPTION} lists them.`,
      )
    }
    demandVerb(request, ['POST'])
    const context = await contextOf(request)
    viewerOf(context)
    const body = parseBody(await readBody(request, LARGEST_BODY))
    return call(name, body, (document, variables) =>
      execute(endpoint, { ...context, inMethod: true }, document, variables),
    )
  }

  return async (request, response, name) => {
    try {
      sendJson(response, 200, await answer(request, name))
    } catch (error) {
      // It has gone away, and is told nothing.
      if (request.destroyed && !request.complete) return
      sendMethodError(response, error instanceof MethodError ? error : ofGraphQLError(present(error)))
    }
  }
}

export function sendMethodError(response: ServerResponse, error: MethodError): void {
  sendJson(response, error.status, error, error.headers)
}

function demandVerb({ method = '' }: IncomingMessage, allowed: readonly string[]): void {
  if (allowed.includes(method)) return
  const allow = allowed.join(', ')
  throw new MethodError('validation', `Use ${allow} here, not ${method}.`, { status: 405, headers: { allow } })
}

/** An empty body counts as an empty object, and any that parses as JSON is taken, whatever it says it is. */
function parseBody(body: Buffer | undefined): unknown {
  if (!body) {
    throw new MethodError('entity_too_large', `The body is larger than the ${LARGEST_BODY} bytes that it may be.`)
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body)
    return text.trim() === '' ? {} : JSON.parse(text, refuseProto)
  } catch (error) {
    if (error instanceof MethodError) throw error
    throw new MethodError('validation', 'The body is not JSON in UTF-8.')
  }
}

/** What comes under this name can't be told from what an object inherits, and would be lost in silence. */
function refuseProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new MethodError('validation', 'The body must not hold the name `__proto__`.')
  return value
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GraphQLError, GraphQLSchema } from 'graphql'
import type { RateLimits } from '../admission/rate-limits.ts'
import type { Turns } from '../admission/turns.ts'
import { HttpError } from '../contract/http-error.ts'
import { InvalidJson, parseJson } from '../contract/json-text.ts'
import { shortened } from '../contract/quoted.ts'
import { type Context, callerOf, viewerOf } from '../graphql/context.ts'
import { compressed } from '../graphql/execution/compression.ts'
import { type GraphQLEndpoint, LARGEST_BODY, LARGEST_BODY_OF_STRANGERS } from '../graphql/execution/endpoint.ts'
import { payerOf } from '../graphql/execution/limits.ts'
import { Loaded } from '../graphql/loaded.ts'
import { call, openAnswers } from '../methods/call.ts'
import { MethodError, ofGraphQLError } from '../methods/method-error.ts'
import { isMethodName, isOpenMethodName } from '../methods/methods.ts'
import { openApi } from '../methods/openapi.ts'
import { noteFailure } from '../process/log.ts'
import { type BodyRoom, readBody } from './request/body.ts'
import { sendJson, sendJsonText } from './request/json.ts'

/** The path below which the methods are. */
export const METHODS = '/agents/'
const DESCRIPTION = 'openapi.json'
/** Values that the response of a method without a token has, about. */
const OPEN_METHOD_COST = 100

/** Whether a method or the OpenAPI document is at the path. Unknown paths must not become metric labels. */
export function isMethodPath(path: string): boolean {
  const name = path.slice(METHODS.length)
  return path.startsWith(METHODS) && (name === DESCRIPTION || isMethodName(name) || isOpenMethodName(name))
}

/** The specification's methods over HTTP, and their OpenAPI description. */
export function createMethodEndpoint(options: {
  schema: GraphQLSchema
  endpoint: GraphQLEndpoint
  contextOf: (request: IncomingMessage, response: ServerResponse) => Promise<Context>
  rates: RateLimits
  turns: Turns
  room: BodyRoom
  mask: (error: unknown) => GraphQLError
}): (request: IncomingMessage, response: ServerResponse, name: string) => Promise<void> {
  const { schema, endpoint, contextOf, rates, turns, room, mask } = options
  let description: object | undefined

  /** Counts against the limits of the caller, or of the address of a stranger. The body is read, so that the connection can go on. */
  const answerAnybody = async (
    request: IncomingMessage,
    response: ServerResponse,
    name: keyof typeof openAnswers,
  ): Promise<object> => {
    demandVerb(request, ['POST'])
    const context = await contextOf(request, response)
    const limited = await rates.charge(payerOf(context), { queryCost: OPEN_METHOD_COST, mutations: 0, chatEvents: 0 })
    if (limited) throw limited
    const { release } = await readBody(request, { most: LARGEST_BODY_OF_STRANGERS, room, caller: callerOf(context) })
    release()
    return openAnswers[name]
  }

  const answer = async (request: IncomingMessage, response: ServerResponse, name: string): Promise<object> => {
    if (name === DESCRIPTION) {
      demandVerb(request, ['GET', 'HEAD'])
      description ??= openApi(schema)
      return description
    }
    if (isOpenMethodName(name)) return answerAnybody(request, response, name)
    if (!isMethodName(name)) {
      throw new HttpError(
        404,
        `There is no method at ${METHODS}${shortened(name)}. ${METHODS}${DESCRIPTION} lists the methods.`,
      )
    }
    demandVerb(request, ['POST'])
    const context = await contextOf(request, response)
    viewerOf(context)
    const caller = callerOf(context)
    const { text, release } = await readBody(request, { most: LARGEST_BODY, room, caller })
    let turn = await turns.take(caller).finally(release)
    try {
      await rates.demandGoodDocuments(payerOf(context))
      let isFirst = true
      return await call(name, parseBody(text), async (document, variables) => {
        // The first operation runs in the turn in which the body was parsed, and ends it.
        if (!isFirst) turn = await turns.take(caller)
        isFirst = false
        return endpoint.run(document, variables, { ...context, turn, inMethod: true, loaded: new Loaded() })
      })
    } finally {
      turn.end()
    }
  }

  return async (request, response, name) => {
    try {
      const text = JSON.stringify(await answer(request, response, name))
      const body = await compressed(request, response, text)
      if (!response.closed) sendJsonText(response, 200, body)
    } catch (error) {
      // The client has gone away.
      if (response.closed) return
      const shown = error instanceof MethodError ? error : ofGraphQLError(mask(error))
      noteFailure(shown.type, shown.message)
      sendMethodError(response, shown)
    }
  }
}

export function sendMethodError(response: ServerResponse, error: MethodError): void {
  sendJson(response, error.status, error, error.headers)
}

function demandVerb({ method = '' }: IncomingMessage, allowed: readonly string[]): void {
  if (allowed.includes(method)) return
  const allow = allowed.join(', ')
  throw new HttpError(405, `Use ${allow} here, not ${method}.`, { headers: { allow } })
}

/** An empty body counts as an empty object. Anything that parses as JSON is accepted, whatever its `Content-Type`. */
function parseBody(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    const body = parseJson(text)
    // A field of this name would be confused with what every object inherits, and silently lost.
    if (/proto|\\u/i.test(text)) JSON.parse(text, refuseProto)
    return body
  } catch (error) {
    if (error instanceof InvalidJson) throw new HttpError(400, `The body ${error.message}.`)
    throw error
  }
}

function refuseProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new HttpError(400, 'The body must not contain the name `__proto__`.')
  return value
}

import type { IncomingMessage } from 'node:http'
import type { GraphQLParams } from 'graphql-yoga'
import { z } from 'zod'
import { HttpError } from '../../contract/http-error.ts'
import { InvalidJson, parseJson } from '../../contract/json-text.ts'
import { quoted, shortened } from '../../contract/quoted.ts'
import { RequestError } from '../../contract/request-error.ts'
import { acceptedJson } from '../../graphql/execution/json-response.ts'
import type { RequestSource } from '../../graphql/json.ts'

/** An operation as it was sent over HTTP. GraphQL over HTTP, section 5. */
export interface GraphQLRequest {
  readonly params: GraphQLParams
  readonly source: RequestSource
}

/** Passes the object on as it is: the source text of a value is found by its object. See json.ts. */
const jsonObject = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
)

const params = z.strictObject(
  {
    query: z.string('must be a string: the document').nullish(),
    operationName: z.string('must be a string').nullish(),
    variables: jsonObject.nullish(),
    extensions: jsonObject.nullish(),
  },
  {
    error: ({ code, ...issue }) =>
      code === 'unrecognized_keys'
        ? `has the unknown field ${quoted((issue as { keys?: string[] }).keys?.[0])}`
        : 'must be a JSON object with `query`',
  },
)

/** Media types in which an operation can be sent. */
const types = [
  'application/json',
  'application/graphql+json',
  'application/graphql',
  'application/x-www-form-urlencoded',
]

/**
 * @returns the operation of a GET or POST request
 * @param body as text
 * @throws HttpError 400, 405, 406, 415; RequestError PERSISTED_QUERY_NOT_SUPPORTED
 */
export function graphQLRequest(request: IncomingMessage, body: string): GraphQLRequest {
  demandReader(request)
  switch (request.method) {
    case 'GET':
      return ofForm(new URLSearchParams(request.url?.split('?').slice(1).join('?')), 'URL')
    case 'POST':
      return ofBody(mediaTypeOf(request), body)
    default:
      throw new HttpError(405, `Use GET or POST here, not ${request.method}.`, { headers: { allow: 'GET, POST' } })
  }
}

/** RFC 9110, section 15.5.7. Nothing is run for a client that could not read the response. */
function demandReader({ headers: { accept } }: IncomingMessage): void {
  if (acceptedJson(accept) || acceptsStream.test(accept ?? '')) return
  throw new HttpError(
    406,
    'Accept `application/graphql-response+json` or `application/json`, or for a subscription `text/event-stream`, or use a WebSocket with the subprotocol graphql-transport-ws. Multipart responses are not supported.',
  )
}

const acceptsStream = /(text|\*)\/(event-stream|\*)/i

function mediaTypeOf({ headers }: IncomingMessage): string {
  const [given = ''] = (headers['content-type'] ?? '').split(/[;,]/, 1)
  const type = given.trim().toLowerCase()
  if (types.includes(type)) return type
  const wrong = type ? `must be application/json; it is ${quoted(type)}.` : 'is missing. Send application/json.'
  throw new HttpError(415, `The \`Content-Type\` ${wrong}`, {
    headers: { 'accept-post': types.join(', ') },
  })
}

function ofBody(type: string, text: string): GraphQLRequest {
  if (type === 'application/graphql') return checked({ query: text }, { text: '', at: [] })
  if (type === 'application/x-www-form-urlencoded') return ofForm(new URLSearchParams(text), 'form')
  const body = json('body', text)
  if (Array.isArray(body)) throw new HttpError(400, 'Batching is not supported. Send one operation per request.')
  return checked(body, { text, at: ['variables'] })
}

function ofForm(form: URLSearchParams, what: string): GraphQLRequest {
  const object = (name: string) => {
    const text = form.get(name)
    return text ? json(`\`${name}\` of the ${what}`, text) : undefined
  }
  const given = {
    query: form.get('query'),
    operationName: form.get('operationName') || null,
    variables: object('variables'),
    extensions: object('extensions'),
  }
  return checked(given, { text: form.get('variables') ?? '', at: [] })
}

function json(what: string, text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof InvalidJson) throw new HttpError(400, `The ${what} ${error.message}.`)
    throw error
  }
}

function checked(given: unknown, written: Pick<RequestSource, 'text' | 'at'>): GraphQLRequest {
  const { data, error } = params.safeParse(given)
  const [issue] = error?.issues ?? []
  if (!data) {
    const field = issue?.path.length ? `\`${shortened(issue.path.join('.'))}\`` : 'The body'
    throw new HttpError(400, `${field} ${issue?.message}.`)
  }
  const { query, operationName, variables, extensions } = data
  if (!query) throw extensions?.persistedQuery ? notPersisted() : noDocument()
  return {
    params: {
      query,
      ...(operationName && { operationName }),
      ...(variables && { variables }),
      ...(extensions && { extensions }),
    },
    source: { ...written, variables },
  }
}

const noDocument = () => new HttpError(400, 'Must provide query string: put the document into `query`.')

/** Clients with automatic persisted queries then send the text, and no more hashes. */
const notPersisted = () => new RequestError('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported')

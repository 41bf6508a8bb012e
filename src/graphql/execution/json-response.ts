import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExecutionResult } from 'graphql'
import { type FetchAPI, processRegularResult } from 'graphql-yoga'
import { noteFailure } from '../../process/log.ts'
import { compressed, isWorthCompressing } from './compression.ts'

/** The media types of GraphQL over HTTP, section 6.3. */
type JsonType = 'application/json' | 'application/graphql-response+json'

/**
 * Chooses the media type as Yoga does: the first that the client accepts, whatever its weight. With a wildcard it is application/json.
 * @returns `undefined` if the client accepts neither
 */
export function acceptedJson(accept = '*/*'): JsonType | undefined {
  if (accept === 'application/json' || accept === '*/*') return 'application/json'
  for (const range of (accept || '*/*').replace(/\s/g, '').toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';')
    const charset = parameters.find((parameter) => parameter.includes('charset='))
    if (charset && charset !== 'charset=utf-8') continue
    if (type === 'application/graphql-response+json') return type
    if (type === 'application/json' || type === 'application/*' || type === '*/*') return 'application/json'
    if (type === '*/json') return 'application/json'
    if (type === '*/graphql-response+json') return 'application/graphql-response+json'
  }
  return undefined
}

/**
 * GraphQL over HTTP, section 6.4: a response with data is a success, whatever errors it has; and so is one of the media type
 * application/json, if the client asked for that type by name. The exception is a response without data that asks the client to
 * authenticate or to wait: it keeps its status, because proxies look at nothing else.
 */
export function setStatus({ data, errors }: ExecutionResult, accept: string | null | undefined): void {
  if (!errors) return
  const legacy = accept?.includes('application/json') ?? false
  for (const { message, extensions } of errors as readonly { message: string; extensions?: ErrorExtensions }[]) {
    noteFailure(String(extensions?.code), message)
    if (!extensions?.http) continue
    // A new object: other errors share the old one.
    if (data) delete extensions.http
    else extensions.http = { ...extensions.http, spec: legacy && hidden.has(extensions.http.status) }
  }
}

interface ErrorExtensions {
  code?: unknown
  http?: { status?: unknown; spec?: boolean }
}

const hidden: ReadonlySet<unknown> = new Set([400, 403])

/** Sends the response that Yoga makes of a result, without its `Response`: that takes longer than most operations. */
export async function sendResult(
  request: IncomingMessage,
  response: ServerResponse,
  result: ExecutionResult,
  type: JsonType,
): Promise<void> {
  const { body: text, options } = processRegularResult(result, plain, type) as unknown as PlainResponse
  // Most are small, and are sent at once.
  const body = isWorthCompressing(text) ? await compressed(request, response, text) : text
  if (response.closed) return
  response.writeHead(options.status, { ...options.headers, 'Content-Length': Buffer.byteLength(body) }).end(body)
}

class PlainResponse {
  readonly body: string
  readonly options: { readonly status: number; readonly headers: Record<string, string> }

  constructor(body: string, options: PlainResponse['options']) {
    this.body = body
    this.options = options
  }
}

const plain = { Response: PlainResponse } as unknown as FetchAPI

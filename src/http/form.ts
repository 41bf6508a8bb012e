import type { IncomingMessage, ServerResponse } from 'node:http'

/** Bytes of a form: it holds one token. */
const LARGEST_FORM = 64 * 1024

/** What is wrong with a request, as OAuth tells it. RFC 6749, section 5.2. */
export class OAuthError extends Error {
  override name = 'OAuthError'
  readonly error: 'invalid_request' | 'temporarily_unavailable'
  readonly status: number

  constructor(error: OAuthError['error'], message: string, status = 400) {
    super(message)
    this.error = error
    this.status = status
  }
}

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/**
 * A route that takes one parameter of a form, and answers 200 with nothing, or an OAuth error that `act` throws. Nothing of it may be kept
 * in a cache.
 */
export function formRoute(parameter: string, act: (value: string, request: IncomingMessage) => Promise<void>): Route {
  return async (request, response) => {
    response.setHeader('cache-control', 'no-store')
    try {
      await act(await readParameter(request, parameter), request)
      response.writeHead(200).end()
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error
      if (error.status === 405) response.setHeader('allow', 'POST')
      // What was not read of the body is not waited for.
      if (!request.complete) response.setHeader('connection', 'close')
      response.writeHead(error.status, { 'content-type': 'application/json; charset=utf-8' })
      response.end(JSON.stringify({ error: error.error, error_description: error.message }))
    }
  }
}

async function readParameter(request: IncomingMessage, name: string): Promise<string> {
  if (request.method !== 'POST') throw new OAuthError('invalid_request', 'Only POST is taken here.', 405)
  const [type] = (request.headers['content-type'] ?? '').split(';')
  if (type?.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
    throw new OAuthError('invalid_request', 'The body must be of the type application/x-www-form-urlencoded.')
  }
  const values = new URLSearchParams(await readText(request)).getAll(name)
  const [value] = values
  if (values.length !== 1 || !value) {
    throw new OAuthError('invalid_request', `The form must hold \`${name}\` once.`)
  }
  return value
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > LARGEST_FORM) throw new OAuthError('invalid_request', `The body may have ${LARGEST_FORM} bytes.`, 413)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

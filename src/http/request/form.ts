import type { IncomingMessage, ServerResponse } from 'node:http'
import { HttpError } from '../../contract/http-error.ts'
import { noteFailure } from '../../process/log.ts'
import { BodyRoom, readBody } from './body.ts'
import { sendJson } from './json.ts'

/** Bytes of a form, which contains one token, or less. */
const LARGEST_FORM = 64 * 1024

type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_scope'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'temporarily_unavailable'

/** An error in the format of OAuth. RFC 6749, section 5.2. */
export class OAuthError extends Error {
  override name = 'OAuthError'
  readonly error: OAuthErrorCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(
    error: OAuthErrorCode,
    message: string,
    { status = 400, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
  ) {
    super(message)
    this.error = error
    this.status = status
    this.headers = headers
  }
}

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/**
 * A route that takes a form. It responds with 200 and what `act` returns, if anything, or with the OAuth error that `act` throws.
 * Responses must not be cached.
 */
export function formRoute(
  act: (form: URLSearchParams, request: IncomingMessage) => Promise<object | undefined>,
): Route {
  const room = new BodyRoom()
  return async (request, response) => {
    response.setHeader('cache-control', 'no-store')
    response.setHeader('pragma', 'no-cache')
    try {
      const answer = await act(await readForm(request, room), request)
      if (answer) sendJson(response, 200, answer)
      else response.writeHead(200).end()
    } catch (error) {
      if (!(error instanceof OAuthError || error instanceof HttpError)) throw error
      const code = error instanceof OAuthError ? error.error : 'invalid_request'
      noteFailure(code, error.message)
      sendJson(response, error.status, { error: code, error_description: described(error.message) }, error.headers)
    }
  }
}

/** @returns the value of a parameter; `undefined` if it is absent or empty, which is the same: RFC 6749, section 3.2 */
export function optional(form: URLSearchParams, name: string): string | undefined {
  const values = form.getAll(name)
  if (values.length > 1) throw new OAuthError('invalid_request', `The form must contain \`${name}\` only once.`)
  return values[0] || undefined
}

/** @returns the value of a parameter that must be there */
export function required(form: URLSearchParams, name: string): string {
  const values = form.getAll(name)
  const [value] = values
  if (values.length !== 1 || !value) {
    throw new OAuthError('invalid_request', `The form must contain \`${name}\` exactly once.`)
  }
  return value
}

async function readForm(request: IncomingMessage, room: BodyRoom): Promise<URLSearchParams> {
  if (request.method !== 'POST') {
    throw new OAuthError('invalid_request', 'Use POST here.', { status: 405, headers: { allow: 'POST' } })
  }
  const [type] = (request.headers['content-type'] ?? '').split(';')
  if (type?.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
    throw new OAuthError('invalid_request', 'The `Content-Type` must be application/x-www-form-urlencoded.')
  }
  const { text, release } = await readBody(request, {
    most: LARGEST_FORM,
    room,
    caller: request.socket.remoteAddress ?? '',
  })
  release()
  return new URLSearchParams(text)
}

/** RFC 6749, section 5.2, allows only ASCII, without quotation marks and backslashes. */
function described(message: string): string {
  return message
    .replaceAll('"', "'")
    .replaceAll('…', '...')
    .replace(/[^ -~]|\\/g, '?')
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { HttpError } from '../../contract/http-error.ts'
import { BodyRoom, readBody } from './body.ts'
import { sendJson } from './json.ts'

/** Bytes of a form, which contains one token. */
const LARGEST_FORM = 64 * 1024

/** An error in the format of OAuth. RFC 6749, section 5.2. */
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
 * A route that takes one parameter of a form. It responds with 200 and no body, or with the OAuth error that `act` throws. Responses
 * must not be cached.
 */
export function formRoute(parameter: string, act: (value: string, request: IncomingMessage) => Promise<void>): Route {
  const room = new BodyRoom()
  return async (request, response) => {
    response.setHeader('cache-control', 'no-store')
    try {
      await act(await readParameter(request, parameter, room), request)
      response.writeHead(200).end()
    } catch (error) {
      if (!(error instanceof OAuthError || error instanceof HttpError)) throw error
      if (error.status === 405) response.setHeader('allow', 'POST')
      const code = error instanceof OAuthError ? error.error : 'invalid_request'
      sendJson(response, error.status, { error: code, error_description: error.message })
    }
  }
}

async function readParameter(request: IncomingMessage, name: string, room: BodyRoom): Promise<string> {
  if (request.method !== 'POST') throw new OAuthError('invalid_request', 'Use POST here.', 405)
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
  const values = new URLSearchParams(text).getAll(name)
  const [value] = values
  if (values.length !== 1 || !value) {
    throw new OAuthError('invalid_request', `The form must contain \`${name}\` exactly once.`)
  }
  return value
}

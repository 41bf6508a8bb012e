import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestError } from '../contract/request-error.ts'
import { extensionsOf } from '../graphql/errors.ts'
import { ofGraphQLError } from '../methods/method-error.ts'
import { METHODS, sendMethodError } from './methods.ts'
import { sendJson } from './request/json.ts'
import { GRAPHQL } from './request/request-target.ts'

/** Responds with the reason why a request is not run, with its HTTP status and in the format of the API that it was sent to. */
export function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  error: RequestError,
): void {
  const { message } = error
  const all = extensionsOf(error)
  const { http, ...extensions } = all as { http?: { status?: number; headers?: object } }
  const headers = { ...http?.headers }
  const status = http?.status ?? 400
  if (path.startsWith(METHODS)) sendMethodError(response, ofGraphQLError({ message, extensions: all }))
  else if (path !== GRAPHQL) sendJson(response, status, { error: message }, headers)
  else {
    const isModern = request.headers.accept?.toLowerCase().includes('application/graphql-response+json')
    // Clients with automatic persisted queries expect this error with status 200.
    const isAnswer = error.code === 'PERSISTED_QUERY_NOT_SUPPORTED' && !isModern
    sendJson(
      response,
      isAnswer ? 200 : status,
      { errors: [{ message, extensions }] },
      { ...headers, ...(isModern && { 'content-type': 'application/graphql-response+json; charset=utf-8' }) },
    )
  }
}

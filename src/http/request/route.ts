import type { IncomingMessage, ServerResponse } from 'node:http'
import { HttpError } from '../../contract/http-error.ts'

/** What answers the requests to one path. It throws a RequestError for those that it refuses. */
export type Route = (request: IncomingMessage, response: ServerResponse) => unknown

/** A route for GET and HEAD. Node.js leaves out the body of a response to HEAD. @param hint what else to say to other requests */
export function readOnly(route: Route, hint = ''): Route {
  return (request, response) => {
    if (request.method === 'GET' || request.method === 'HEAD') return route(request, response)
    throw new HttpError(405, `Use GET here, not ${request.method}.${hint}`, { headers: { allow: 'GET, HEAD' } })
  }
}

import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

export function sendJson(response: ServerResponse, status: number, body: object, headers: OutgoingHttpHeaders = {}) {
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  })
  response.end(JSON.stringify(body))
}

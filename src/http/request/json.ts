import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** @param headers in lower case; `content-type` defaults to application/json */
export function sendJson(response: ServerResponse, status: number, body: object, headers: OutgoingHttpHeaders = {}) {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...headers,
  })
  response.end(text)
}

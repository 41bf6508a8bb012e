import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** @param headers in lower case; `content-type` is application/json where they do not say otherwise */
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

import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** @param headers in lower case; `content-type` defaults to application/json */
export function sendJson(response: ServerResponse, status: number, body: object, headers: OutgoingHttpHeaders = {}) {
  sendJsonText(response, status, JSON.stringify(body), headers)
}

/** @param body JSON, perhaps compressed */
export function sendJsonText(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: OutgoingHttpHeaders = {},
) {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...headers,
  })
  response.end(body)
}

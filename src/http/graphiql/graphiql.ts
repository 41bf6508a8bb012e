import type { IncomingMessage, ServerResponse } from 'node:http'
import { pageHeaders, sendPageFile } from '../page/page-file.ts'
import { prefersHtml } from '../page/prefers-html.ts'
import type { AddressOf } from '../request/address.ts'
import { whyForeignPage, whyNotLocal } from '../request/local-caller.ts'
import { sendText } from '../request/text.ts'
import { graphiqlFile, nameOfPageScript } from './graphiql-files.ts'
import { graphiqlHtml, TOKEN } from './graphiql-html.ts'

/** GraphiQL, a page that runs operations in a browser. Every file of it is served here; it loads nothing from elsewhere. */
export interface GraphiQLPage {
  /** Responds to a request for which `asksForGraphiQL` is true: with the page, or with a file that the page loads. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
}

/** @returns whether a browser opens the endpoint with no operation in the URL, or loads a file of the page */
export function asksForGraphiQL({ method, url, headers }: IncomingMessage): boolean {
  const search = searchOf(url)
  return method === 'GET' && (search.has('graphiql') || (!search.has('query') && prefersHtml(headers.accept)))
}

/**
 * @param token is called for each page, so that no page opens with an expired token, and whenever a page needs the next one; absent: pages
 * open without a token
 */
export function createGraphiQLPage(addressOf: AddressOf, token?: () => Promise<string>): GraphiQLPage {
  return {
    async handle(request, response) {
      const file = searchOf(request.url).get('graphiql')
      const isNext = token !== undefined && file === TOKEN
      if (file !== null && !isNext) return sendFile(response, file)
      const reason = token && (whyNotLocal(request, addressOf) ?? (isNext ? whyForeignPage(request) : undefined))
      if (reason) sendText(response, 403, notLocal(reason))
      else if (isNext) sendText(response, 200, await token())
      else await sendPage(response, await token?.())
    },
  }
}

function notLocal(reason: string): string {
  return `This page contains an access token, so GraphiQL opens only on the machine of the gateway, and ${reason}.\n`
}

function searchOf(url = ''): URLSearchParams {
  return new URLSearchParams(url.split('?')[1])
}

async function sendFile(response: ServerResponse, name: string): Promise<void> {
  const file = graphiqlFile(name)
  if (!file) return sendText(response, 404, 'GraphiQL has no such file. Reload the page.\n')
  await sendPageFile(response, file)
}

async function sendPage(response: ServerResponse, token: string | undefined): Promise<void> {
  const html = graphiqlHtml({ token, script: await nameOfPageScript() })
  response.writeHead(200, {
    ...pageHeaders,
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': contentSecurityPolicy,
    'referrer-policy': 'no-referrer',
    vary: 'accept',
  })
  response.end(html)
}

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'", // the editor inserts its own styles
  "img-src 'self' data:",
  "font-src 'self' data:",
  "worker-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

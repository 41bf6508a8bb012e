import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { pageHeaders, sendPageFile } from '../page/page-file.ts'
import type { AddressOf } from '../request/address.ts'
import { readOnly } from '../request/route.ts'
import { sendText } from '../request/text.ts'
import { NONCE, readConsoleFiles } from './console-files.ts'
import { type ConsoleProvider, createSignIn, type Surroundings } from './sign-in.ts'

export const CONSOLE = '/console'
const ASSETS = `${CONSOLE}/assets/`
const SIGN_IN = `${CONSOLE}/sign-in`

export interface Console {
  /** Whether it was built. If not, its page says so. */
  readonly built: boolean
  /** Responds to a request for a path of the console. */
  handle(request: IncomingMessage, response: ServerResponse, path: string): unknown
}

export function isConsolePath(path: string): boolean {
  return path === CONSOLE || path.startsWith(`${CONSOLE}/`)
}

/** Opens the console, a page in which people see and run bot agents. If it was not built, the gateway says so and serves the rest. */
export async function openConsole(options: {
  addressOf: AddressOf
  /** A token of the built-in SSO; absent: people sign in with the provider. */
  token: (() => Promise<string>) | undefined
  provider: ConsoleProvider | undefined
  surroundings: Surroundings
  log: Logger
}): Promise<Console> {
  const { log, provider } = options
  const files = await readConsoleFiles()
  if (!files) log.warn('the console is not there: it was not built. `npm run build` builds it')
  const signIn = createSignIn(options)

  const page = readOnly((_request, response) => {
    if (!files) return sendText(response, 503, 'The console was not built. `npm run build` builds it.\n')
    const nonce = randomBytes(16).toString('base64url')
    response.writeHead(200, {
      ...pageHeaders,
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': contentSecurityPolicy(nonce, provider),
      'referrer-policy': 'no-referrer',
    })
    response.end(files.html.replaceAll(NONCE, nonce))
  })

  return {
    built: files !== undefined,
    handle(request, response, path) {
      if (path === SIGN_IN) return signIn(request, response)
      if (!path.startsWith(ASSETS)) return page(request, response)
      const file = files?.assets.get(path.slice(ASSETS.length))
      if (!file) return sendText(response, 404, 'The console has no such file. Reload the page.\n')
      return readOnly(() => sendPageFile(response, file))(request, response)
    },
  }
}

/** The nonce is for the one style that menus and dialogs add, so that the page behind them does not scroll. */
function contentSecurityPolicy(nonce: string, provider: ConsoleProvider | undefined): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    `connect-src 'self'${provider ? ` ${new URL(provider.issuer).origin}` : ''}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

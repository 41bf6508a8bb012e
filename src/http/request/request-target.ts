import type { IncomingMessage } from 'node:http'
import { HttpError } from '../../contract/http-error.ts'
import { quoted } from '../../contract/quoted.ts'

/** The path of GraphQL. A trailing slash, which people and proxies add, makes no difference. */
export const GRAPHQL = '/graphql'

/** The target of a request, in any of the forms of RFC 9112, section 3.2. */
export interface RequestTarget {
  /** Such as `/graphql`; `*` for the gateway as a whole. */
  readonly path: string
  /** The query with its question mark, as it was sent; or empty. */
  readonly query: string
  /** Host and port, if the target names them, as requests to a proxy do. They take precedence over the header `Host`. */
  readonly authority?: string
}

/** @throws HttpError 400 for a target that is not valid */
export function requestTarget({ url = '/', method }: IncomingMessage): RequestTarget {
  if (url === '*' && method === 'OPTIONS') return { path: url, query: '' }
  if (url.startsWith('/')) return split(url)
  const [, authority, rest = '/'] = /^https?:\/\/([^/?#]+)([/?].*)?$/i.exec(url) ?? []
  if (authority) return { ...split(rest.startsWith('?') ? `/${rest}` : rest), authority }
  throw new HttpError(400, `The target of the request is not valid: ${quoted(url)}.`)
}

function split(url: string): RequestTarget {
  const [given = '/'] = url.split('?', 1)
  const path = given.replace(/%([2-7][0-9a-f])/gi, unescaped)
  return { path: path === `${GRAPHQL}/` ? GRAPHQL : path, query: url.slice(given.length) }
}

/** RFC 3986, section 6.2.2.2. */
function unescaped(escaped: string, hex: string): string {
  const character = String.fromCharCode(Number.parseInt(hex, 16))
  return /[\w.~-]/.test(character) ? character : escaped
}

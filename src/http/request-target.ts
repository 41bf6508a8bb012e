import type { IncomingMessage } from 'node:http'
import { HttpError } from '../http-error.ts'

/** Where GraphQL is. A slash behind it, which people and proxies add, makes no difference. */
export const GRAPHQL = '/graphql'

/** What a request is for, in whatever form it says so. RFC 9112, section 3.2. */
export interface RequestTarget {
  /** Such as `/graphql`; `*` for the gateway as a whole. */
  readonly path: string
  /** The query with its question mark, as it was sent; or empty. */
  readonly query: string
  /** Host and port, such as `gateway.example:4000`; `undefined` for HTTP/1.0 without one. */
  readonly host: string | undefined
}

/** @throws HttpError 400 for a target or a `Host` that is not valid */
export function requestTarget(request: IncomingMessage): RequestTarget {
  const { url = '/', method } = request
  if (url === '*' && method === 'OPTIONS') return { path: '*', query: '', host: hostOf(request) }
  if (url.startsWith('/')) return { ...split(url), host: hostOf(request) }
  // Section 3.2.2: a proxy sends the whole URL, whose host counts, and not the header.
  const [, host, rest = '/'] = /^https?:\/\/([^/?#]+)([/?].*)?$/i.exec(url) ?? []
  if (!host) throw new HttpError(400, `The target of the request is not valid: ${JSON.stringify(url.slice(0, 64))}.`)
  hostOf(request)
  return { ...split(rest.startsWith('?') ? `/${rest}` : rest), host: demandHost(host) }
}

function split(url: string): Pick<RequestTarget, 'path' | 'query'> {
  const [given = '/'] = url.split('?', 1)
  const path = given.replace(/%([2-7][0-9a-f])/gi, unescaped)
  return { path: path === `${GRAPHQL}/` ? GRAPHQL : path, query: url.slice(given.length) }
}

/** RFC 3986, section 6.2.2.2. */
function unescaped(escaped: string, hex: string): string {
  const character = String.fromCharCode(Number.parseInt(hex, 16))
  return /[\w.~-]/.test(character) ? character : escaped
}

function hostOf({ rawHeaders, headers, httpVersion }: IncomingMessage): string | undefined {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length
  if (hosts > 1) throw new HttpError(400, 'The request names its `Host` more than once.')
  if (headers.host === undefined && httpVersion === '1.1')
    throw new HttpError(400, 'The request lacks a `Host` header.')
  return headers.host === undefined ? undefined : demandHost(headers.host)
}

function demandHost(host: string): string {
  const valid = /^(?:[a-z0-9_.~-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i.exec(host)
  const parsed = valid && host.length <= 261 ? URL.parse(`http://${host}`) : null
  if (!parsed)
    throw new HttpError(400, `The \`Host\` of the request is not valid: ${JSON.stringify(host.slice(0, 64))}.`)
  return host.toLowerCase()
}

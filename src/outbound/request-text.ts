import type { Header } from './kept-headers.ts'

/** @returns the headers of a POST as it is sent, on a connection that is kept */
export function requestHeaders(to: URL, given: Readonly<Record<string, string>>, body: string): readonly Header[] {
  return [
    ['host', to.host],
    ['connection', 'keep-alive'],
    ...Object.entries(given),
    ['accept-encoding', 'identity'],
    ['content-length', String(Buffer.byteLength(body))],
  ]
}

/**
 * @param headers in ASCII
 * @returns a POST as it is sent (RFC 9112)
 * @throws TypeError for a header that would end, or add lines
 */
export function requestText(to: URL, headers: readonly Header[], body: string): string {
  let lines = `POST ${to.pathname}${to.search} HTTP/1.1\r\n`
  for (const [name, value] of headers) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !/^[\t\x20-\x7e]*$/.test(value))
      throw new TypeError(`Not a header: ${name}`)
    lines += `${name}: ${value}\r\n`
  }
  return `${lines}\r\n${body}`
}

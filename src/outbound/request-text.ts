/**
 * @param headers in ASCII
 * @returns a POST as it is sent, on a connection that is kept (RFC 9112)
 * @throws TypeError for a header that would end, or add lines
 */
export function requestText(to: URL, headers: Readonly<Record<string, string>>, body: string): string {
  let lines = `POST ${to.pathname}${to.search} HTTP/1.1\r\nhost: ${to.host}\r\nconnection: keep-alive\r\n`
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\w-]+$/.test(name) || !/^[\t\x20-\x7e]*$/.test(value)) throw new TypeError(`Not a header: ${name}`)
    lines += `${name}: ${value}\r\n`
  }
  return `${lines}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

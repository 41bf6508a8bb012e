interface Request {
  readonly url: string
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  readonly body: string
}

/** Those that curl sets itself. */
const ofCurl = new Set(['host', 'content-length', 'connection', 'accept-encoding'])

/** The request as a command for a shell. Without --globoff, curl takes brackets in a URL for a pattern of many. */
export function curlOf({ url, headers, body }: Request): string {
  const lines = [
    `curl${/[[\]{}]/.test(url) ? ' --globoff' : ''} -X POST ${quoted(url)}`,
    ...headers
      .filter(({ name }) => !ofCurl.has(name.toLowerCase()))
      .map(({ name, value }) => `-H ${quoted(`${name}: ${value}`)}`),
    `--data-raw ${quoted(body)}`,
  ]
  return lines.join(' \\\n  ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

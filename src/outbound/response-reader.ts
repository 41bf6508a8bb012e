import { Failure } from './attempt-error.ts'

/** Bytes of a head: the status line and the headers. */
const MOST_HEAD = 16 * 1024
/** Bytes of a line that frames a chunk, and of all trailers. */
const MOST_FRAMING = 4 * 1024
/** Interim responses (1xx), which an endpoint could send endlessly. */
const MOST_INTERIM = 8

/** Milliseconds for which an idle connection is kept; longer, up to a minute, if the endpoint says so. */
const IDLE = 4_000
const LONGEST_IDLE = 60_000
/** Milliseconds before the end of the time that the endpoint has told: it may close the connection while a request is on its way. */
const IDLE_MARGIN = 2_000

const VERSION = 'HTTP/1.'
const NOTHING = Buffer.alloc(0)

/** The status and the headers of a response. */
export interface ResponseHead {
  readonly statusCode: number
  /** With names in lower case, in the order in which they came. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Whether the endpoint keeps the connection open after this response. */
  readonly keepsOpen: boolean
}

/** Who gets a response, piece by piece. */
export interface ResponseHandler {
  /** Of the final response. */
  onHead(head: ResponseHead): void
  /** A piece of the body, without its framing. The bytes are valid only during the call. */
  onBody(bytes: Buffer): void
}

/** The values of the header with this name, which is in lower case. */
export function valuesOf({ headers }: ResponseHead, name: string): string[] {
  return headers.flatMap(([given, value]) => (given === name ? value : []))
}

/** RFC 9112, 7.1.1: the size of a chunk, and extensions, which mean nothing to us. */
const CHUNK_SIZE =
  /^([0-9a-f]{1,8})(?:;[\w!#$%&'*+.^`|~-]+(?:=(?:[\w!#$%&'*+.^`|~-]+|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"))?)*$/i

type Part = 'head' | 'body' | 'body until the end' | 'chunk size' | 'chunk' | 'end of chunk' | 'trailers' | 'complete'

/**
 * Reads the response to one POST, in pieces of any size (RFC 9112). Interim responses are skipped, whether they were asked for or not. What
 * is not HTTP/1.0 or 1.1, or says in two ways where it ends, is refused.
 */
export class ResponseReader {
  readonly #to: ResponseHandler
  /** Of the final response, once it has arrived. */
  #head: ResponseHead | undefined
  #part: Part = 'head'
  /** The beginning of a head or of a line, of which the rest has not arrived. */
  #begun: Buffer = NOTHING
  /** Bytes of the body or of the chunk that have not arrived. */
  #left = 0
  #interim = 0
  #trailers = 0
  #surplus = false

  constructor(to: ResponseHandler) {
    this.#to = to
  }

  /** @returns whether the response is complete @throws Failure CONNECTION for what is not a response */
  read(bytes: Buffer): boolean {
    let rest: Buffer | undefined = bytes
    while (rest !== undefined && rest.length > 0 && this.#part !== 'complete') rest = this.#take(rest)
    if (this.#part !== 'complete') return false
    this.#surplus = rest !== undefined && rest.length > 0
    return true
  }

  /** The endpoint has closed the connection. @returns whether the response is complete */
  end(): boolean {
    if (this.#part === 'body until the end') this.#part = 'complete'
    return this.#part === 'complete'
  }

  /** For how many milliseconds the connection may be kept for another request; 0 if the endpoint closes it, or something came behind. */
  get idleMs(): number {
    return this.#part === 'complete' && !this.#surplus && this.#head?.keepsOpen ? idleMs(this.#head) : 0
  }

  /** @returns what follows the part that was taken; `undefined` if more is needed */
  #take(bytes: Buffer): Buffer | undefined {
    switch (this.#part) {
      case 'head':
        return this.#takeHead(bytes)
      case 'body':
        return this.#takeBody(bytes, 'complete')
      case 'chunk':
        return this.#takeBody(bytes, 'end of chunk')
      case 'body until the end':
        this.#to.onBody(bytes)
        return undefined
      default:
        return this.#takeLine(bytes)
    }
  }

  #takeHead(bytes: Buffer): Buffer | undefined {
    const all = this.#begun.length === 0 ? bytes : Buffer.concat([this.#begun, bytes])
    const end = all.indexOf('\r\n\r\n', Math.max(0, this.#begun.length - 3))
    // Told at once from another protocol, whose server may wait for more without end.
    if (!VERSION.startsWith(all.toString('latin1', 0, VERSION.length))) throw notHttp('the status line')
    if (end > MOST_HEAD || (end < 0 && all.length > MOST_HEAD)) throw notHttp('the size of the headers')
    this.#begun = end < 0 ? Buffer.from(all) : NOTHING
    if (end < 0) return undefined
    const head = parseHead(all.toString('latin1', 0, end))
    if (head.statusCode < 200) this.#skip(head)
    else {
      this.#head = head
      this.#frame(head)
      this.#to.onHead(head)
    }
    return all.subarray(end + 4)
  }

  #skip({ statusCode }: ResponseHead): void {
    this.#interim += 1
    if (statusCode === 101) throw notHttp('an upgrade')
    if (this.#interim > MOST_INTERIM) throw notHttp('the number of interim responses')
  }

  /** RFC 9112, section 6.3. */
  #frame(head: ResponseHead): void {
    const lengths = valuesOf(head, 'content-length')
    const codings = valuesOf(head, 'transfer-encoding')
    if (lengths.length + Math.min(1, codings.length) > 1) throw notHttp('two ways to tell the length')
    if (head.statusCode === 204 || head.statusCode === 304) this.#part = 'complete'
    else if (codings.length > 0) {
      this.#part = /(^|,)[ \t]*chunked$/i.test(codings.join(',')) ? 'chunk size' : 'body until the end'
    } else if (lengths[0] !== undefined) {
      if (!/^\d{1,15}$/.test(lengths[0])) throw notHttp('the length')
      this.#left = Number(lengths[0])
      this.#part = this.#left > 0 ? 'body' : 'complete'
    } else this.#part = 'body until the end'
  }

  #takeBody(bytes: Buffer, next: Part): Buffer {
    const taken = bytes.subarray(0, this.#left)
    this.#left -= taken.length
    if (this.#left === 0) this.#part = next
    this.#to.onBody(taken)
    return bytes.subarray(taken.length)
  }

  /** A line of the framing of chunks. */
  #takeLine(bytes: Buffer): Buffer | undefined {
    const all = this.#begun.length === 0 ? bytes : Buffer.concat([this.#begun, bytes])
    const end = all.indexOf('\r\n', Math.max(0, this.#begun.length - 1))
    if (end > MOST_FRAMING || (end < 0 && all.length > MOST_FRAMING)) throw notHttp('the framing of a chunk')
    this.#begun = end < 0 ? Buffer.from(all) : NOTHING
    if (end < 0) return undefined
    this.#endLine(all.toString('latin1', 0, end))
    return all.subarray(end + 2)
  }

  #endLine(line: string): void {
    if (this.#part === 'chunk size') {
      const [, size] = CHUNK_SIZE.exec(line) ?? []
      if (size === undefined) throw notHttp('the size of a chunk')
      this.#left = Number.parseInt(size, 16)
      this.#part = this.#left > 0 ? 'chunk' : 'trailers'
    } else if (this.#part === 'end of chunk') {
      if (line !== '') throw notHttp('the end of a chunk')
      this.#part = 'chunk size'
    } else {
      this.#trailers += line.length
      if (this.#trailers > MOST_FRAMING) throw notHttp('the size of the trailers')
      if (line === '') this.#part = 'complete'
    }
  }
}

function parseHead(text: string): ResponseHead {
  const [statusLine = '', ...lines] = text.split('\r\n')
  const [, minor, status] = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: .*)?$/s.exec(statusLine) ?? []
  if (!status || hasControls(statusLine)) throw notHttp('the status line')
  const headers = lines.map(parseHeader)
  const connection = headers.flatMap(([name, value]) => (name === 'connection' ? value.toLowerCase() : [])).join(',')
  const options = connection === '' ? [] : connection.split(',').map((option) => option.trim())
  const keepsOpen = minor === '1' ? !options.includes('close') : options.includes('keep-alive')
  return { statusCode: Number(status), headers, keepsOpen }
}

function parseHeader(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':')
  const name = line.slice(0, Math.max(0, colon))
  const value = withoutSpaceAround(line.slice(colon + 1))
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name) || hasControls(value)) throw notHttp('a header')
  return [name.toLowerCase(), value]
}

/** Spaces and tabs only; not by a regular expression, whose time would grow with the square of the spaces. */
function withoutSpaceAround(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && isSpace(text.charCodeAt(start))) start += 1
  while (start < end && isSpace(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}

function hasControls(value: string): boolean {
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index)
    if ((code < 0x20 && !isSpace(code)) || code === 0x7f) return true
  }
  return false
}

/** As the endpoint says in `Keep-Alive: timeout=5`. */
function idleMs(head: ResponseHead): number {
  const [, seconds] = /(?:^|,)\s*timeout=(\d{1,9})/i.exec(valuesOf(head, 'keep-alive').join(',')) ?? []
  return seconds === undefined ? IDLE : Math.min(Number(seconds) * 1_000 - IDLE_MARGIN, LONGEST_IDLE)
}

/** @param what of the response is wrong; it is in the log of nobody, but helps to find a mistake */
function notHttp(what: string): Failure {
  return new Failure('CONNECTION', new Error(`The response is not HTTP/1.1: ${what}`))
}

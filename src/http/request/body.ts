import type { IncomingMessage } from 'node:http'
import { HttpError } from '../../contract/http-error.ts'
import { quoted } from '../../contract/quoted.ts'
import { Overloaded } from '../../contract/request-error.ts'

/** Bytes of request bodies that may be in memory until they have been processed: of all callers, and of one. */
const MOST_HELD = 128 * 1_024 * 1_024
const MOST_HELD_OF_ONE = 16 * 1_024 * 1_024

/** The memory that bodies may take from their arrival until they have been processed. Each caller has a share of it. */
export class BodyRoom {
  readonly #ofCaller = new Map<string, number>()
  #held = 0

  /** @throws Overloaded */
  take(caller: string, bytes: number): void {
    const ofCaller = (this.#ofCaller.get(caller) ?? 0) + bytes
    if (this.#held + bytes > MOST_HELD || ofCaller > MOST_HELD_OF_ONE) throw new Overloaded()
    this.#held += bytes
    this.#ofCaller.set(caller, ofCaller)
  }

  giveBack(caller: string, bytes: number): void {
    this.#held -= bytes
    const left = (this.#ofCaller.get(caller) ?? 0) - bytes
    if (left > 0) this.#ofCaller.set(caller, left)
    else this.#ofCaller.delete(caller)
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A body, which takes room until it has been processed. */
export interface Body {
  readonly text: string
  /** Gives its room back. To be called once. */
  release(): void
}

export const emptyBody: Body = { text: '', release() {} }

/**
 * @returns the body of a request as text
 * @param options.most bytes
 * @throws HttpError 413 for a larger body, 415 for a content encoding or a character set other than UTF-8, 400 for invalid UTF-8;
 *   Overloaded
 */
export async function readBody(
  request: IncomingMessage,
  options: { most: number; room: BodyRoom; caller: string },
): Promise<Body> {
  demandPlain(request)
  const { room, caller } = options
  const bytes = await readBytes(request, options)
  const release = () => room.giveBack(caller, bytes.length)
  try {
    // Ignores a byte order mark: RFC 8259, section 8.1.
    return { text: utf8.decode(bytes), release }
  } catch {
    release()
    throw new HttpError(400, 'The body is not valid UTF-8.')
  }
}

function demandPlain({ headers }: IncomingMessage): void {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (encoding !== 'identity' && encoding !== '') {
    throw new HttpError(415, `Send the body without \`Content-Encoding\`; it is ${quoted(encoding)}.`, {
      headers: { 'accept-encoding': 'identity' },
    })
  }
  const [, charset = 'utf-8'] = /;\s*charset="?([^\s;"]*)"?/i.exec(headers['content-type'] ?? '') ?? []
  if (!/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw new HttpError(415, `The character set must be UTF-8; it is ${quoted(charset)}.`)
  }
}

function readBytes(
  request: IncomingMessage,
  { most, room, caller }: { most: number; room: BodyRoom; caller: string },
): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > most) return Promise.reject(discardRest(request, most))
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let size = 0
  const end = () => {
    request.off('data', take).off('end', finish).off('error', fail).off('close', left)
  }
  const fail = (error: unknown) => {
    end()
    room.giveBack(caller, size)
    request.resume()
    reject(error)
  }
  const take = (chunk: Buffer) => {
    if (size + chunk.length > most) return fail(discardRest(request, most))
    try {
      room.take(caller, chunk.length)
    } catch (error) {
      return fail(error)
    }
    size += chunk.length
    chunks.push(chunk)
  }
  const finish = () => {
    end()
    const [first] = chunks
    resolve(first && chunks.length === 1 ? first : Buffer.concat(chunks, size))
  }
  const left = () => fail(new Error('The client left before the end of the body'))
  // An iterator would be shorter, and takes several times as long as the rest of the reading.
  request.on('data', take).on('end', finish).on('error', fail).on('close', left)
  return promise
}

/** Discards the rest instead of closing the connection, which may carry more requests. */
function discardRest(request: IncomingMessage, most: number): HttpError {
  request.resume()
  return new HttpError(413, `The body is too large: the limit is ${most} bytes.`)
}

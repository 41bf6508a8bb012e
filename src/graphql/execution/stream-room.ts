import { RateLimited } from '../../contract/request-error.ts'

/** SSE streams and sockets that one access token may have open. */
export const MOST_HOLDERS = 2_000
/** Bytes that all streams of one application in one license together may keep. */
const MOST_KEPT = 32 * 1_024 * 1_024
/** Bytes that a parsed document takes at most for each character of its text. Streams of the same document share it. */
const BYTES_PER_CHARACTER = 64
/** Bytes that each stream keeps for each character of its request: the text, and the values parsed from it. */
const BYTES_OF_REQUEST = 4

interface Kept {
  bytes: number
  readonly documents: Map<string, number>
}

/** Limits how much each caller's open streams keep in memory: their documents, and the requests that opened them. */
export class StreamRoom {
  readonly #callers = new Map<string, Kept>()

  /**
   * @returns a function to call when the stream has ended
   * @throws RateLimited when the caller's streams would keep too much
   */
  take(caller: string, document: string, request: string): () => void {
    const kept = this.#callers.get(caller) ?? { bytes: 0, documents: new Map<string, number>() }
    const ofDocument = document.length * BYTES_PER_CHARACTER
    const ofRequest = request.length * BYTES_OF_REQUEST
    const streams = kept.documents.get(document) ?? 0
    const added = ofRequest + (streams === 0 ? ofDocument : 0)
    if (kept.bytes + added > MOST_KEPT) {
      throw new RateLimited(
        `Your open streams take too much memory; the limit is ${MOST_KEPT} bytes. End some of them, use the same document with variables, or send shorter requests.`,
        60,
      )
    }
    kept.bytes += added
    kept.documents.set(document, streams + 1)
    this.#callers.set(caller, kept)
    return () => {
      const left = (kept.documents.get(document) ?? 1) - 1
      kept.bytes -= ofRequest + (left === 0 ? ofDocument : 0)
      if (left > 0) kept.documents.set(document, left)
      else kept.documents.delete(document)
      if (kept.documents.size === 0) this.#callers.delete(caller)
    }
  }
}

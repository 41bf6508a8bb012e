import type { DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'

/**
 * Characters of documents that are remembered. A parsed document takes up to 256 times the room of its text, so this is at most 64 MiB;
 * documents that people write take a tenth of it.
 */
const MOST_REMEMBERED = 256 * 1_024

/**
 * Documents that were found valid, so that the same text is not parsed and validated again. One that is not valid is never kept, and
 * those that open streams are executed from are shared by all of them.
 */
export class Documents {
  readonly #recent = new LRUCache<string, DocumentNode>({
    maxSize: MOST_REMEMBERED,
    sizeCalculation: (_document, text) => text.length,
  })
  readonly #held = new Map<string, { readonly document: DocumentNode; streams: number }>()
  readonly #valid = new WeakSet<DocumentNode>()

  find(text: string): DocumentNode | undefined {
    return this.#held.get(text)?.document ?? this.#recent.get(text)
  }

  isValid(document: DocumentNode): boolean {
    return this.#valid.has(document)
  }

  /** To be called with what has passed validation. */
  keep(document: DocumentNode): void {
    this.#valid.add(document)
    this.#recent.set(textOf(document), document)
  }

  /** For as long as a stream is executed from it. Returns what is to be called when the stream has ended. */
  hold(document: DocumentNode): () => void {
    const text = textOf(document)
    const held = this.#held.get(text) ?? { document, streams: 0 }
    this.#held.set(text, held)
    held.streams += 1
    return () => {
      held.streams -= 1
      if (held.streams === 0) this.#held.delete(text)
    }
  }
}

export function textOf({ loc }: DocumentNode): string {
  return loc?.source.body ?? ''
}

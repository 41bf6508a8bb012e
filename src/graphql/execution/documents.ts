import type { DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'

/**
 * Characters of documents that are remembered. A parsed document takes up to 256 times as much memory as its text, so this is at most 64
 * MiB. Documents written by people take a tenth of that.
 */
const MOST_REMEMBERED = 256 * 1_024

/**
 * Keeps valid documents, so that the same text is not parsed and validated again. Open streams of the same text share one document.
 */
export class Documents {
  readonly #recent = new LRUCache<string, DocumentNode>({
    maxSize: MOST_REMEMBERED,
    sizeCalculation: (_document, text) => text.length,
  })
  readonly #retained = new Map<string, { readonly document: DocumentNode; streams: number }>()
  readonly #valid = new WeakSet<DocumentNode>()

  find(text: string): DocumentNode | undefined {
    return this.#retained.get(text)?.document ?? this.#recent.get(text)
  }

  /** @returns the document, if it has passed validation */
  findValid(text: string): DocumentNode | undefined {
    const document = this.find(text)
    return document && this.isValid(document) ? document : undefined
  }

  isValid(document: DocumentNode): boolean {
    return this.#valid.has(document)
  }

  /** @param document has passed validation */
  keep(document: DocumentNode): void {
    this.#valid.add(document)
    this.#recent.set(textOf(document), document)
  }

  /** Keeps the document for a stream. @returns a function to call when the stream has ended */
  retain(document: DocumentNode): () => void {
    const text = textOf(document)
    const retained = this.#retained.get(text) ?? { document, streams: 0 }
    this.#retained.set(text, retained)
    retained.streams += 1
    return () => {
      retained.streams -= 1
      if (retained.streams === 0) this.#retained.delete(text)
    }
  }
}

export function textOf({ loc }: DocumentNode): string {
  return loc?.source.body ?? ''
}

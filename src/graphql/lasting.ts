const lasting = new WeakSet<object>()

/**
 * Notes that the properties of a value never change, nor those of the plain data within, so that what a response has made of it may be used
 * again: kept-results.ts. What the schema reads of it without a resolver has to be data. To be called for values that are remembered anyway.
 */
export function markLasting(value: object): void {
  lasting.add(value)
}

/** Whether its properties never change. */
export function isLasting(value: unknown): value is object {
  return lasting.has(value as object)
}

/** What is kept of a response for one value: in places of eight bytes, enough for ten fields and two lists of five small objects. */
export const MOST_KEPT = 64
/** Characters of its JSON that are kept as well. */
export const LONGEST_JSON = 1_536
/** Bytes that are kept for a value that lasts, at most. A character takes two if any of them is not Latin. */
export const MOST_KEPT_BYTES = 8 * MOST_KEPT + 2 * LONGEST_JSON

/** The extension of a field made with `ofParentAlone`. It names the resolver: if another one has been put around it, that may look at more. */
export const OF_PARENT_ALONE = 'ofParentAlone'

/**
 * Options of a field whose resolver returns plain data, and looks at nothing but its parent: not at arguments, the caller or the time. It may
 * count the bytes that it returns.
 */
export function ofParentAlone<Resolve>(resolve: Resolve) {
  return { resolve, extensions: { [OF_PARENT_ALONE]: resolve } } as const
}

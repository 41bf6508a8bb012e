const lasting = new WeakSet<object>()

/**
 * Notes that the properties of a value never change, nor those of the plain data within, so that what a response has made of it may be used
 * again: kept-results.ts. To be called for values that are remembered anyway.
 */
export function markLasting(value: object): void {
  lasting.add(value)
}

/** Whether its properties never change. */
export function isLasting(value: unknown): value is object {
  return lasting.has(value as object)
}

/** The extension that names the resolver of such a field: if there is another one around it, that may look at more. */
export const OF_PARENT_ALONE = 'ofParentAlone'

/**
 * Options of a field whose resolver returns plain data, and looks at nothing but its parent: not at arguments, the caller or the time. It may
 * count the bytes that it returns.
 */
export function ofParentAlone<Resolve>(resolve: Resolve) {
  return { resolve, extensions: { [OF_PARENT_ALONE]: resolve } } as const
}

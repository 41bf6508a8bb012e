const lasting = new WeakSet<object>()

/**
 * Notes that the properties of a value never change, so that what a response has made of it may be used again: kept-results.ts. To be called for
 * values that are remembered anyway.
 */
export function markLasting(value: object): void {
  lasting.add(value)
}

/** Whether its properties never change. */
export function isLasting(value: unknown): value is object {
  return lasting.has(value as object)
}

/** The extension of a field that resolves to plain data, and looks at nothing but its parent: not at arguments, the caller or the time. */
export const OF_PARENT_ALONE = 'ofParentAlone'

/** Options of such a field. */
export const ofParentAlone = { extensions: { [OF_PARENT_ALONE]: true } } as const

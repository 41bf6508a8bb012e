import { z } from 'zod'

import { shortened } from './quoted.ts'
import { broken } from './user-error.ts'

/** Text of `least` to `most` characters (Unicode code points) that PostgreSQL can store. */
export function text(least: number, most: number) {
  return z.string({ error: notNull }).superRefine((value, { addIssue }) => {
    const length = [...value].length
    if (length < least || length > most) {
      const range = least === 0 ? `at most ${most}` : `${least} to ${most}`
      const reason = length < least ? 'TOO_SHORT' : 'TOO_LONG'
      addIssue(broken(`must be ${range} characters long; it has ${length}`, { reason, min: least, maxLength: most }))
    }
    if (!isStorable(value)) {
      addIssue(broken(`must be ${STORABLE}`))
    }
  })
}

export function integer(least: number, most: number) {
  return z.int({ error: notNull }).superRefine((value, { addIssue }) => {
    if (value >= least && value <= most) return
    const message = `must be from ${least} to ${most}; it is ${value}`
    addIssue(broken(message, { reason: 'OUT_OF_RANGE', min: least, max: most }))
  })
}

/**
 * A list of `least` to `most` items, no two of them with the same `key`. If it is too long, its items are not checked.
 */
export function list<Item extends z.ZodType>(
  item: Item,
  { least, most, key }: { least: number; most: number; key?: (item: z.output<Item>) => string | number | symbol },
) {
  return z
    .array(z.unknown(), { error: notNull })
    .superRefine((items, { addIssue }) => {
      if (items.length >= least && items.length <= most) return
      const range = least === 0 ? `at most ${most}` : `${least} to ${most}`
      const reason = items.length < least ? 'TOO_FEW' : 'TOO_MANY'
      addIssue(broken(`must have ${range} items; it has ${items.length}`, { reason, min: least, max: most }))
    })
    .pipe(z.array(item))
    .superRefine((items, { addIssue }) => {
      const seen = new Set<string | number | symbol>()
      for (const [index, item] of key ? items.entries() : []) {
        const name = key?.(item) ?? index
        if (seen.has(name)) {
          const message = `is in the list twice: ${shortened(String(name))}`
          addIssue({ ...broken(message, { reason: 'DUPLICATE' }), path: [index] })
        }
        seen.add(name)
      }
    })
}

/** A rule for an object with two times: what is after its end selects nothing, and is a mistake. */
export function inOrder<From extends string, To extends string>(from: From, to: To) {
  return (
    given: { readonly [Name in From | To]?: Date | undefined },
    { addIssue }: Pick<z.RefinementCtx, 'addIssue'>,
  ) => {
    const [begin, end] = [given[from], given[to]]
    if (!begin || !end || begin <= end) return
    const message = `is ${begin.toISOString()}, after \`${to}\`, ${end.toISOString()}`
    addIssue({ ...broken(message, { reason: 'OUT_OF_RANGE' }), path: [from] })
  }
}

/** One of the values of an enum of the schema, which GraphQL has already checked. */
export function oneOf<const Value extends string>(values: readonly Value[] | Record<string, Value>) {
  return z.enum(Object.values(values) as [Value, ...Value[]], { error: notNull })
}

/** For a field that can be omitted but cannot be null: on an update the two differ. */
function notNull({ input }: { input?: unknown }): string | undefined {
  return input === null ? 'must not be null: omit it to keep the current value' : undefined
}

/** What `isStorable` demands, for messages. */
export const STORABLE = 'well-formed Unicode without the character U+0000'

/** Whether PostgreSQL can store the text: it must be well-formed Unicode without NUL. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/** The largest value of GraphQL's Int and of PostgreSQL's integer. */
export const LARGEST_INT = 2 ** 31 - 1

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

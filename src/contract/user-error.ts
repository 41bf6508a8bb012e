import type { z } from 'zod'
import { shortened } from './quoted.ts'

export type UserErrorCode = 'VALIDATION' | 'NOT_FOUND' | 'LIMIT_REACHED' | 'CONFLICT'

/** Something in the `input` of a mutation that the caller can mend. */
export interface UserError {
  readonly code: UserErrorCode
  /** The path inside `input`; null where it is not one field's fault. */
  readonly field: readonly string[] | null
  /** A sentence that names the field, the limit and what was given. */
  readonly message: string
}

/** More mistakes than these are not told at once: an input of 1 MiB has room for a hundred thousand. */
export const MOST_TOLD = 100

/** Ends a mutation, and its transaction, with errors for the payload's `userErrors`. */
export class UserErrors extends Error {
  override name = 'UserErrors'
  readonly errors: readonly UserError[]

  constructor(errors: readonly UserError[]) {
    const told = errors.slice(0, MOST_TOLD)
    super(told.map(({ message }) => message).join(' '))
    this.errors = told
  }
}

/** @param message what is wrong with the field, as it goes on behind its name; or a sentence, where `field` is null */
export function userError(code: UserErrorCode, field: readonly string[] | null, message: string): UserErrors {
  return new UserErrors([field ? mistake(code, field, message) : { code, field, message }])
}

/**
 * What the rules make of the input, with defaults filled in and what they do not know left out.
 * @throws UserErrors with every rule that is broken, not only the first.
 */
export function validate<Rules extends z.ZodType>(rules: Rules, input: unknown): z.output<Rules> {
  const { success, data, error } = rules.safeParse(input)
  if (success) return data
  throw new UserErrors(error.issues.map(({ path, message }) => mistake('VALIDATION', path, message)))
}

/** One error; `message` goes on behind the name of the field. */
export function mistake(code: UserErrorCode, path: readonly PropertyKey[], message: string): UserError {
  // A caller's own names are in it, such as those of properties.
  const field = path.map((step) => shortened(String(step)))
  return { code, field, message: `\`${field.join('.')}\` ${message}.` }
}

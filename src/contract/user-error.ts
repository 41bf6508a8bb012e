import type { z } from 'zod'
import { shortened } from './quoted.ts'

export type UserErrorCode = 'VALIDATION' | 'NOT_FOUND' | 'LIMIT_REACHED' | 'CONFLICT'

/** A mistake in the `input` of a mutation that the caller can fix. */
export interface UserError {
  readonly code: UserErrorCode
  /** The path inside `input`; null if no single field is at fault. */
  readonly field: readonly string[] | null
  /** A sentence that names the field, the limit and the value given. */
  readonly message: string
}

/** Errors that one response reports: an input of 1 MiB has room for a hundred thousand mistakes. */
export const MOST_REPORTED = 100

/** Ends a mutation, and its transaction, with errors for the payload's `userErrors`. */
export class UserErrors extends Error {
  override name = 'UserErrors'
  readonly errors: readonly UserError[]

  constructor(errors: readonly UserError[]) {
    const reported = errors.slice(0, MOST_REPORTED)
    super(reported.map(({ message }) => message).join(' '))
    this.errors = reported
  }
}

/** @param message what is wrong, as a text that follows the name of the field; a whole sentence if `field` is null */
export function userError(code: UserErrorCode, field: readonly string[] | null, message: string): UserErrors {
  return new UserErrors([field ? mistake(code, field, message) : { code, field, message }])
}

/**
 * @returns the input as the rules parse it: with defaults, and without unknown fields
 * @throws UserErrors VALIDATION for every rule that is broken, not only the first
 */
export function validate<Rules extends z.ZodType>(rules: Rules, input: unknown): z.output<Rules> {
  const { success, data, error } = rules.safeParse(input)
  if (success) return data
  throw new UserErrors(error.issues.map(({ path, message }) => mistake('VALIDATION', path, message)))
}

/** @param message a text that follows the name of the field, without the full stop */
export function mistake(code: UserErrorCode, path: readonly PropertyKey[], message: string): UserError {
  // The path may contain names that the caller chose, such as those of properties.
  const field = path.map((step) => shortened(String(step)))
  return { code, field, message: `\`${field.join('.')}\` ${message}.` }
}

import type { z } from 'zod'
import { shortened } from './quoted.ts'

/** What kind of rule a value breaks, where a form can make use of it. */
export type UserErrorReason =
  | 'REQUIRED'
  | 'TOO_SHORT'
  | 'TOO_LONG'
  | 'OUT_OF_RANGE'
  | 'TOO_FEW'
  | 'TOO_MANY'
  | 'DUPLICATE'
  | 'NOT_ALLOWED'
  | 'NOT_EXACTLY_ONE'
  | 'TOO_LARGE'
  | 'BLOCKED_ADDRESS'
  | 'OUTDATED'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'REMOVED'
  | 'OTHER_ITEM_FAILED'
  | 'NOT_TRIED'

/** The rule that a value breaks, as data: a form can say it in the words of its user. */
export interface BrokenRule {
  readonly reason: UserErrorReason
  /** The least number, length or count. */
  readonly min?: number
  /** The greatest number or count. */
  readonly max?: number
  /** In characters (Unicode code points). */
  readonly maxLength?: number
  /** All values that are allowed. */
  readonly allowed?: readonly string[]
}

export type UserErrorCode = 'VALIDATION' | 'NOT_FOUND' | 'LIMIT_REACHED' | 'CONFLICT'

/** A mistake in the `input` of a mutation that the caller can fix. */
export interface UserError {
  readonly code: UserErrorCode
  /** The path inside `input`; null if no single field is at fault. */
  readonly field: readonly string[] | null
  /** A sentence that names the field, the limit and the value given. */
  readonly message: string
  /** Absent where the code and the sentence are all there is to say. */
  readonly rule?: BrokenRule
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

/** Ends an update of something that was updated meanwhile. `present` reads it as it is now, once the transaction has ended. */
export class Outdated extends UserErrors {
  override name = 'Outdated'
  readonly present: () => Promise<unknown>

  constructor(errors: readonly UserError[], present: () => Promise<unknown>) {
    super(errors)
    this.present = present
  }
}

/** @param message what is wrong, as a text that follows the name of the field; a whole sentence if `field` is null */
export function userError(
  code: UserErrorCode,
  field: readonly string[] | null,
  message: string,
  rule?: BrokenRule,
): UserErrors {
  return new UserErrors([field ? mistake(code, field, message, rule) : { code, field, message, ...(rule && { rule }) }])
}

/**
 * @returns the input as the rules parse it: with defaults, and without unknown fields
 * @throws UserErrors VALIDATION for every rule that is broken, not only the first
 */
export function validate<Rules extends z.ZodType>(rules: Rules, input: unknown): z.output<Rules> {
  const { success, data, error } = rules.safeParse(input, { reportInput: true })
  if (success) return data
  throw new UserErrors(error.issues.map((issue) => mistake('VALIDATION', issue.path, issue.message, ruleOf(issue))))
}

/** @param message a text that follows the name of the field, without the full stop */
export function mistake(
  code: UserErrorCode,
  path: readonly PropertyKey[],
  message: string,
  rule?: BrokenRule,
): UserError {
  // The path may contain names that the caller chose, such as those of properties.
  const field = path.map((step) => shortened(String(step)))
  return { code, field, message: `\`${field.join('.')}\` ${message}.`, ...(rule && { rule }) }
}

/** What a rule of Zod reports. */
export type Issue = ReturnType<typeof broken>

/** @param message as for `mistake` @param rule what is broken, as data */
export function broken(message: string, rule?: BrokenRule) {
  return { code: 'custom' as const, message, ...(rule && { params: { rule } }) }
}

function ruleOf(issue: z.core.$ZodIssue): BrokenRule | undefined {
  if (issue.code === 'custom') return issue.params?.rule as BrokenRule | undefined
  if (issue.input === null || issue.input === undefined) return { reason: 'REQUIRED' }
  return issue.code === 'invalid_value' ? { reason: 'NOT_ALLOWED', allowed: issue.values.map(String) } : undefined
}

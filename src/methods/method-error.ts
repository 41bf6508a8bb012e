import type { GraphQLError } from 'graphql'
import { z } from 'zod'
import type { UserError, UserErrorCode } from '../contract/user-error.ts'
import { encoder } from './encoder.ts'
import { type Fields, wire } from './wire.ts'
import { type WrongField, wrongField } from './wire-field.ts'

/** The HTTP status of each type of error. */
export const statuses = {
  validation: 400,
  authentication: 401,
  authorization: 403,
  not_found: 404,
  limit_reached: 422,
  too_many_requests: 429,
  entity_too_large: 413,
  internal: 500,
} as const

export type MethodErrorType = keyof typeof statuses

/** The body of a response that is an error. */
export const errorAnswer = wire({
  error: wire({
    type: z.enum(Object.keys(statuses) as [MethodErrorType, ...MethodErrorType[]]),
    message: z.string().describe('Names the field, in backticks, if one is wrong.'),
    data: z
      .array(wire({ field: z.string().optional(), message: z.string() }))
      .describe('All errors, if there is more than one.')
      .optional(),
  }),
})

const encodeError = encoder(errorAnswer)

/** Ends a method with an error for its caller. */
export class MethodError extends Error {
  override name = 'MethodError'
  readonly type: MethodErrorType
  readonly wrong: readonly WrongField[]
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(
    type: MethodErrorType,
    message: string,
    more: { wrong?: readonly WrongField[]; status?: number; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message)
    this.type = type
    this.wrong = more.wrong ?? []
    this.status = more.status ?? statuses[type]
    this.headers = more.headers ?? {}
  }

  /** As `{"error":{"type","message","data"?}}`. */
  toJSON(): Fields {
    const { type, message, wrong } = this
    return encodeError({ error: { type, message, data: wrong.length > 1 ? wrong : null } }) as Fields
  }
}

/** @param wrong the message of the error is the first one's; the data contains all */
export function wrongRequest(type: MethodErrorType, wrong: readonly WrongField[]): MethodError {
  return new MethodError(type, wrong[0]?.message ?? '', { wrong })
}

const typeOfUserError: Record<UserErrorCode, MethodErrorType> = {
  VALIDATION: 'validation',
  NOT_FOUND: 'not_found',
  LIMIT_REACHED: 'limit_reached',
  CONFLICT: 'validation',
}

/** @param input of the mutation that returned these errors */
export function ofUserErrors(errors: readonly UserError[], input: Fields): MethodError {
  const type = typeOfUserError[errors[0]?.code ?? 'VALIDATION']
  return wrongRequest(
    type,
    errors.map((error) => wrongField(error, input)),
  )
}

const typeOfCode: Readonly<Record<string, MethodErrorType>> = {
  UNAUTHENTICATED: 'authentication',
  FORBIDDEN: 'authorization',
  BAD_USER_INPUT: 'validation',
  RATE_LIMITED: 'too_many_requests',
}

/**
 * @param error as callers may see it
 * @param method its wire name; replaces `Query.…` or `Mutation.…` in the message
 */
export function ofGraphQLError(
  { message, extensions: { code, http } }: Pick<GraphQLError, 'message' | 'extensions'>,
  method?: string,
): MethodError {
  const { status, headers = {} } = (http ?? {}) as { status?: number; headers?: Record<string, string> }
  const said = method ? message.replace(/^`(Query|Mutation)\.\w+`/, `\`${method}\``) : message
  const type = typeOfStatus[Number(status)] ?? typeOfCode[String(code)] ?? 'internal'
  return new MethodError(type, said, { headers, ...(status && { status }) })
}

/** Types that follow from the HTTP status, because there is no code for them. */
const typeOfStatus: Readonly<Record<number, MethodErrorType>> = { 404: 'not_found', 413: 'entity_too_large' }

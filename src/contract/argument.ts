import type { z } from 'zod'
import { RequestError } from './request-error.ts'

/**
 * Reads an argument of a field.
 * @throws RequestError BAD_USER_INPUT for the first rule that it breaks
 */
export function argument<Rules extends z.ZodType>(name: string, rules: Rules, given: unknown): z.output<Rules> {
  const { success, data, error } = rules.safeParse(given)
  if (success) return data
  const [issue] = error.issues
  throw new RequestError('BAD_USER_INPUT', `\`${[name, ...(issue?.path ?? [])].join('.')}\` ${issue?.message}.`)
}

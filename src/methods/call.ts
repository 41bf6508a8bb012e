import type { ExecutionResult } from 'graphql'
import { type core, z } from 'zod'
import { quoted } from '../contract/quoted.ts'
import { MOST_REPORTED, type UserError } from '../contract/user-error.ts'
import { encoder } from './encoder.ts'
import { ofGraphQLError, ofUserErrors, wrongRequest } from './method-error.ts'
import { type Method, type MethodName, methods, type OpenMethod, openMethods } from './methods.ts'
import type { Fields } from './wire.ts'
import { pathText } from './wire-field.ts'

/** Runs a document on the schema for one caller, with the same rules and limits as every other transport. */
export type Execute = (document: string, variables: Fields) => Promise<ExecutionResult<Fields>>

/**
 * Runs a method.
 * @param body of the request, parsed from JSON
 * @returns the body of the response
 * @throws MethodError
 */
export async function call(name: MethodName, body: unknown, execute: Execute): Promise<object> {
  const method: Method = methods[name]
  const request = read(method, body)
  const pages: Fields[] = []
  let variables: Fields | undefined = method.variables(request)
  while (variables) {
    const { data, errors } = await execute(method.document, variables)
    if (errors?.[0]) throw ofGraphQLError(errors[0], name)
    if (!data) throw new Error('The result of the document has neither data nor errors')
    demandNoUserErrors(data, request)
    pages.push(data)
    variables = method.next?.(data, variables)
  }
  return method.encode(method.result(pages, request)) as object
}

/** The bodies of the responses of methods that need no token. */
export const openAnswers = Object.fromEntries(
  Object.entries<OpenMethod>(openMethods).map(([name, { answer, result }]) => [
    name,
    encoder(answer)(result) as object,
  ]),
) as Record<keyof typeof openMethods, object>

function demandNoUserErrors(data: Fields, request: Fields): void {
  for (const answer of Object.values(data)) {
    const { userErrors = [] } = (answer ?? {}) as { userErrors?: readonly UserError[] }
    if (userErrors.length > 0) throw ofUserErrors(userErrors, request)
  }
}

function read({ request }: Method, body: unknown): Fields {
  const { success, data, error } = z.safeDecode(request, body as never, { error: explain })
  if (success) return data
  const wrong = error.issues.slice(0, MOST_REPORTED).map(({ path, message }) => {
    if (path.length === 0) return { field: null, message: 'The body must be a JSON object.' }
    const field = pathText(path)
    return { field, message: `\`${field}\` ${message}` }
  })
  throw wrongRequest('validation', wrong)
}

const kinds: Partial<Record<string, string>> = {
  string: 'a string',
  boolean: 'true or false',
  number: 'a whole number',
  int: 'a whole number',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

/** @returns what is wrong with a value, to follow its name */
function explain(issue: core.$ZodRawIssue): string {
  const { input } = issue
  if (input === undefined || input === null) return 'is required'
  switch (issue.code) {
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}${given(input)}`
    case 'invalid_union':
      return 'must be a string, a number, true or false'
    case 'too_big':
    case 'too_small':
      return `must be a whole number of 32 bits${given(input)}`
    default:
      return `must be ${'expected' in issue ? (kinds[String(issue.expected)] ?? issue.expected) : 'of another type'}`
  }
}

function given(input: unknown): string {
  if (typeof input === 'object') return ''
  return `; it is ${quoted(input)}`
}

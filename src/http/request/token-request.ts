import { z } from 'zod'
import { quoted } from '../../contract/quoted.ts'
import { license } from '../../identity/issuers/token-claims.ts'
import { type Scope, scopes } from '../../identity/scope.ts'
import { OAuthError, optional } from './form.ts'
import { clientOf } from './oauth-client.ts'

export const GRANT_TYPE = 'client_credentials'

/** What a client asks for: RFC 6749, section 4.4.2, and the license. */
interface TokenRequest {
  readonly clientId: string
  readonly licenseId: number
  readonly scopes: readonly Scope[]
}

/** The error for a value that is not valid. One that is missing is `invalid_request`. */
const codes = { grant_type: 'unsupported_grant_type', license: 'invalid_request', scope: 'invalid_scope' } as const

const known = z.enum(scopes)

const rules = z.object({
  grant_type: z.literal(GRANT_TYPE, {
    error: ({ input }) =>
      input === undefined
        ? `The form must contain \`grant_type\`: ${GRANT_TYPE}.`
        : `The \`grant_type\` must be ${GRANT_TYPE}; it is ${quoted(input)}.`,
  }),
  license: z
    .string('The form must contain `license`: the number of the license that the token is for.')
    .transform((text, context) => {
      const { success, data } = license.safeParse(text)
      if (success) return data
      context.addIssue(`The \`license\` must be a whole number from 0 to 2147483647; it is ${quoted(text)}.`)
      return z.NEVER
    }),
  scope: z
    .string()
    .transform((text, context) => {
      const asked = [...new Set(text.split(' ').filter(Boolean))]
      const unknown = asked.filter((scope) => !known.safeParse(scope).success)
      if (asked.length > 0 && unknown.length === 0) return z.array(known).parse(asked)
      context.addIssue(
        `The \`scope\` must be one or more of ${scopes.join(', ')}; it is ${quoted(unknown.join(' ') || text)}.`,
      )
      return z.NEVER
    })
    .default([...scopes]),
})

/** @throws OAuthError that names all values that are not valid */
export function readTokenRequest(form: URLSearchParams, authorization: string | undefined): TokenRequest {
  const clientId = clientOf(form, authorization)
  const given = {
    grant_type: optional(form, 'grant_type'),
    license: optional(form, 'license'),
    scope: optional(form, 'scope'),
  }
  const { success, data, error } = rules.safeParse(given)
  if (success) return { clientId, licenseId: data.license, scopes: data.scope }
  const name = error.issues[0]?.path[0] as keyof typeof given
  const code = given[name] === undefined ? 'invalid_request' : codes[name]
  throw new OAuthError(code, error.issues.map(({ message }) => message).join(' '))
}

import { quoted } from '../../contract/quoted.ts'
import { STORABLE } from '../../contract/validation.ts'
import { client } from '../../identity/issuers/token-claims.ts'
import { OAuthError, optional } from './form.ts'

/**
 * The application that a form is from: `client_id`, or the name in HTTP Basic, which many libraries prefer. A secret beside it is
 * ignored, because the built-in SSO keeps none to compare it with: RFC 6749, section 2.3.1.
 */
export function clientOf(form: URLSearchParams, authorization: string | undefined): string {
  const inForm = optional(form, 'client_id')
  const inHeader = authorization === undefined ? undefined : nameIn(authorization)
  if (inForm !== undefined && inHeader !== undefined && inForm !== inHeader) {
    const both = `${quoted(inForm)} and ${quoted(inHeader)}`
    throw new OAuthError(
      'invalid_request',
      `The form and the header \`Authorization\` name different clients: ${both}.`,
    )
  }
  const id = inHeader ?? inForm
  if (id === undefined) {
    throw new OAuthError('invalid_client', 'The form must contain `client_id`: the application that the token is for.')
  }
  if (!client.safeParse(id).success) {
    const rule = `1 to 255 characters long, and ${STORABLE}`
    throw new OAuthError('invalid_client', `The client id must be ${rule}; it is ${quoted(id)}.`)
  }
  return id
}

/** @returns the name in a header `Authorization: Basic …`, in which both parts are encoded as in a form */
function nameIn(authorization: string): string {
  const [, encoded = ''] = /^basic +([\w+/]+=*)$/i.exec(authorization.trim()) ?? []
  const [name = ''] = Buffer.from(encoded, 'base64').toString().split(':')
  try {
    const id = decodeURIComponent(name.replaceAll('+', ' '))
    if (id) return id
  } catch {
    // It is refused like one that is missing.
  }
  throw new OAuthError(
    'invalid_client',
    'The header `Authorization` names no client: it must be Basic, with the client id and a secret, which may be empty.',
    { status: 401, headers: { 'www-authenticate': 'Basic realm="bot-agent-gateway", charset="UTF-8"' } },
  )
}

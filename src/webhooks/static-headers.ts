import { z } from 'zod'
import { broken, userError } from '../contract/user-error.ts'
import { list, text } from '../contract/validation.ts'
import { SHORTEST_SECRET } from '../outbound/secret-forms.ts'

/** A header that the owner of a bot agent adds to its webhooks. The value is a secret. */
export interface Header {
  readonly name: string
  readonly value: string
}

const MOST = 10
const LONGEST_NAME = 100
const LONGEST_VALUE = 1_024
/** Parameters of one header that are masked on their own. */
const MOST_PARAMETERS = 8

/** Is shown in place of each value. It can't be a value itself. */
export const MASK = '…'

/** RFC 9110, 5.6.2. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/
/** Other characters may be read in different ways, or as another header. */
const VALUE = /^[!-~](?:[\t -~]*[!-~])?$/

/** Names in lower case that an owner can't set, and why. */
const refused: readonly (readonly [names: RegExp, why: string])[] = [
  [/^(host|user-agent|accept-encoding)$/, 'the gateway sets it'],
  [/^content-/, 'it describes the body, which the gateway writes'],
  [/^webhook-/, 'it belongs to the signature of the gateway'],
  [
    /^(connection|keep-alive|te|trailers?|transfer-encoding|upgrade|http2-settings|proxy-.*)$/,
    'it is about the connection, which belongs to the gateway',
  ],
  [/^expect$/, 'the gateway sends the body at once'],
]

// No message quotes a value, or a name that is not one: that may contain a whole header by mistake.
const name = text(1, LONGEST_NAME).superRefine((given, { addIssue }) => {
  if (!TOKEN.test(given)) {
    addIssue(broken("must be the name of a header, such as X-Api-Key: letters, digits and !#$%&'*+-.^_`|~"))
  }
  const [, why] = refused.find(([names]) => names.test(given.toLowerCase())) ?? []
  if (why) addIssue(broken(`must not be ${given.toLowerCase()}: ${why}`, { reason: 'NOT_ALLOWED' }))
})

const value = z.string().superRefine((given, { addIssue }) => {
  if (given === MASK || (VALUE.test(given) && given.length <= LONGEST_VALUE)) return
  const rule = given.length > LONGEST_VALUE ? ({ reason: 'TOO_LONG', maxLength: LONGEST_VALUE } as const) : undefined
  const message = `must be 1 to ${LONGEST_VALUE} characters of ASCII, without control characters, and without white space at either end`
  addIssue(broken(message, rule))
})

/** The rules for the headers of webhooks. A value may be the mask, for the one that is stored. */
export const headersRules = list(z.object({ name, value }), {
  least: 0,
  most: MOST,
  key: ({ name }) => name.toLowerCase(),
})

/**
 * @returns the headers, with the stored values of those that have the mask
 * @throws UserErrors VALIDATION for a mask of which no value is stored
 */
export function unmasked(given: readonly Header[], stored: readonly Header[]): readonly Header[] {
  const values = new Map(stored.map(({ name, value }) => [name.toLowerCase(), value]))
  return given.map(({ name, value }, index) => {
    if (value !== MASK) return { name, value }
    const kept = values.get(name.toLowerCase())
    if (kept !== undefined) return { name, value: kept }
    const path = ['webhooks', 'headers', String(index), 'value']
    throw userError('VALIDATION', path, `is "${MASK}", which keeps a stored value, but there is none of this name`)
  })
}

/**
 * @returns what a response may quote of a value: all of it, the credentials after `Bearer` and the like, what `Basic` encodes and the
 *   password in it, and the values of parameters and cookies. Each is searched for, so there are few for each header
 */
export function quotable({ value }: Header): string[] {
  const [, scheme = '', credentials] = /^(\S+)[\t ]+(.+)$/.exec(value) ?? []
  const forms = [value, ...(credentials ? [credentials] : []), ...parametersOf(value)]
  if (!credentials || scheme.toLowerCase() !== 'basic') return [...new Set(forms)]
  const decoded = Buffer.from(credentials, 'base64').toString()
  const colon = decoded.indexOf(':')
  return [...new Set([...forms, decoded, ...(colon < 0 ? [] : [decoded.slice(colon + 1)])])]
}

/** @returns `b` of `a=b; c="d"` and the like, without quotes. The longest ones, if there are many: they are more likely to be secrets */
function parametersOf(value: string): string[] {
  return [...value.matchAll(/=("[^"]*"|[^;,\s]*)/g)]
    .map(([, found = '']) => found.replaceAll('"', ''))
    .filter(({ length }) => length >= SHORTEST_SECRET)
    .sort((one, other) => other.length - one.length)
    .slice(0, MOST_PARAMETERS)
}

/** @returns headers as they are encrypted */
export function headersText(headers: readonly Header[]): string {
  return JSON.stringify(headers)
}

/** @param text made by `headersText` */
export function parseHeaders(text: string): readonly Header[] {
  return JSON.parse(text)
}

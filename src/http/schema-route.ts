import { createHash } from 'node:crypto'
import type { GraphQLSchema } from 'graphql'
import { HttpError } from '../contract/http-error.ts'
import { printedSchema } from '../graphql/printed-schema.ts'
import { type Route, readOnly } from './request/route.ts'
import { sendText } from './request/text.ts'

export const SCHEMA = '/schema.graphql'

/** The text of schema.graphql, which introspection cannot show in full. A caller that may not introspect may not read it either. */
export function schemaRoute(schema: GraphQLSchema, { introspection }: { introspection: boolean }): Route {
  if (!introspection) {
    return () => {
      throw new HttpError(404, 'This gateway does not show its schema: the setting INTROSPECTION is off.')
    }
  }
  let printed: { text: string; etag: string } | undefined
  return readOnly((request, response) => {
    // Most gateways are never asked.
    printed ??= print(schema)
    const { text, etag } = printed
    // No-cache: another release at this address may have another schema.
    const headers = { etag, 'cache-control': 'no-cache' }
    if (isKnown(etag, request.headers['if-none-match'])) response.writeHead(304, headers).end()
    else sendText(response, 200, text, headers)
  })
}

function print(schema: GraphQLSchema): { text: string; etag: string } {
  const text = printedSchema(schema)
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url')}"` }
}

/** RFC 9110, section 13.1.2. A proxy that compresses may have made the tag weak: `W/"…"`. */
function isKnown(etag: string, known = ''): boolean {
  return known.trim() === '*' || known.includes(etag)
}

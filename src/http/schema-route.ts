import { createHash } from 'node:crypto'
import type { GraphQLSchema } from 'graphql'
import { HttpError } from '../contract/http-error.ts'
import { compressed } from '../graphql/execution/compression.ts'
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
  let printed: { text: string; tag: string } | undefined
  return readOnly(async (request, response) => {
    // Most gateways are never asked.
    printed ??= print(schema)
    const { text, tag } = printed
    // No-cache: another release at this address may have another schema.
    // Weak, because the text may be compressed on its way.
    const headers = { etag: `W/${tag}`, 'cache-control': 'no-cache' }
    const isCached = isKnown(tag, request.headers['if-none-match'])
    // `compressed` adds this header by itself. RFC 9110, section 15.4.5.
    if (isCached) response.appendHeader('vary', 'accept-encoding').writeHead(304, headers).end()
    else sendText(response, 200, await compressed(request, response, text), headers)
  })
}

function print(schema: GraphQLSchema): { text: string; tag: string } {
  const text = printedSchema(schema)
  return { text, tag: `"${createHash('sha256').update(text).digest('base64url')}"` }
}

/** RFC 9110, section 13.1.2. */
function isKnown(tag: string, known = ''): boolean {
  return known.trim() === '*' || known.includes(tag)
}

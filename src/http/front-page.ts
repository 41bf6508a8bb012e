import { CONSOLE } from './console/console.ts'
import { prefersHtml } from './page/prefers-html.ts'
import { GRAPHQL } from './request/request-target.ts'
import { type Route, readOnly } from './request/route.ts'
import { sendText } from './request/text.ts'
import { SCHEMA } from './schema-route.ts'

/** What is at `/`: for a browser the way to the console, or to GraphiQL if there is none; for all others a short text on what this is, and what is where. */
export function frontPage({
  console,
  graphiql,
  introspection,
}: {
  console: boolean
  graphiql: boolean
  introspection: boolean
}): Route {
  const page = console ? CONSOLE : graphiql ? GRAPHQL : undefined
  const text = `This is the Bot Agent Gateway, an API for the bot agents of a chat platform.

${GRAPHQL} has GraphQL over HTTP, Server-Sent Events and WebSocket.${graphiql ? ' In a browser it is GraphiQL.' : ''}
${console ? `${CONSOLE} is the console, a web page in which people see and run bot agents.\n` : ''}${introspection ? `${SCHEMA} has the schema as text.\n` : ''}/agents/openapi.json describes the HTTP methods under /agents/.
/health says whether the gateway is alive, /ready whether it can serve.

Send an access token in the header Authorization: Bearer <token>.
`
  const answer: Route = ({ headers }, response) => {
    response.appendHeader('vary', 'accept')
    if (!page || !prefersHtml(headers.accept)) return sendText(response, 200, text)
    response.writeHead(302, { location: page, 'cache-control': 'no-store' }).end()
  }
  return readOnly(answer, ` GraphQL is at ${GRAPHQL}.`)
}

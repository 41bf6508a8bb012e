import { examples } from './graphiql-examples.ts'
import { names } from './graphiql-files.ts'
import { style } from './graphiql-style.ts'
import type { PageOptions } from './page/options.ts'

const title = 'Bot agents'

const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#d60590" stroke-width="2">' +
  '<rect x="4" y="8" width="16" height="12" rx="3"/><path d="M12 8V4M9 13v2M15 13v2" stroke-linecap="round"/></svg>'

/** The name under which the page gets the next token of its own. */
export const TOKEN = 'token'

/** Relative, so that the page works behind a proxy that serves it under another path. */
const addressOf = (name: string) => `?graphiql=${name}`

/**
 * The page: GraphiQL with the examples in its tabs and a token in its headers, or an empty `Bearer` to complete. It has no script inline.
 * @param script the name of its own script
 */
export function graphiqlHtml({ token, script }: { token: string | undefined; script: string }): string {
  const options: PageOptions = {
    title,
    logo,
    examples,
    ...(token !== undefined && { token }),
    tokenAddress: addressOf(TOKEN),
    workers: {
      editorWorkerService: addressOf(names.editorWorker),
      graphql: addressOf(names.graphqlWorker),
      json: addressOf(names.jsonWorker),
    },
  }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(logo)}">
<link rel="stylesheet" href="${addressOf(names.style)}">
<style>${style}</style>
</head>
<body>
<noscript>GraphiQL needs JavaScript.</noscript>
<div id="root"></div>
<footer id="caller" role="status"></footer>
<script type="application/json" id="options">${JSON.stringify(options).replaceAll('<', '\\u003c')}</script>
<script src="${addressOf(names.script)}"></script>
<script type="module" src="${addressOf(script)}"></script>
</body>
</html>
`
}

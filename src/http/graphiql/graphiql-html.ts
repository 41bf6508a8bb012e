import { examples } from './graphiql-examples.ts'
import { names } from './graphiql-files.ts'

const title = 'Bot agents'

const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#d60590" stroke-width="2">' +
  '<rect x="4" y="8" width="16" height="12" rx="3"/><path d="M12 8V4M9 13v2M15 13v2" stroke-linecap="round"/></svg>'

/** Relative, so that the page works behind a proxy that serves it under another path. */
const addressOf = (name: string) => `?graphiql=${name}`

/**
 * The page: GraphiQL with the examples in its tabs and a token in its headers, or an empty `Bearer` to complete. Only scripts with the
 * nonce run in it.
 */
export function graphiqlHtml({ token = '', nonce }: { token: string | undefined; nonce: string }): string {
  const options = {
    title,
    logo,
    defaultTabs: examples,
    defaultHeaders: JSON.stringify({ Authorization: `Bearer ${token}` }, null, 2),
    shouldPersistHeaders: false, // otherwise yesterday's token would replace this one
    subscriptionsProtocol: 'SSE', // it sends the headers; WebSocket would not
    method: 'POST',
  }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(logo)}">
<link rel="stylesheet" href="${addressOf(names.style)}">
<style>
/* GraphiQL transforms its tabs until one is pressed: then that tab jumps from under the pointer, and the click is lost. */
.graphiql-tab { transform: none !important }
</style>
</head>
<body>
<noscript>GraphiQL needs JavaScript.</noscript>
<div id="root"></div>
<script src="${addressOf(names.script)}"></script>
<script nonce="${nonce}">
const workers = {
  editorWorkerService: '${addressOf(names.editorWorker)}',
  graphql: '${addressOf(names.graphqlWorker)}',
  json: '${addressOf(names.jsonWorker)}',
}
self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (module, label) => workers[label] }

const options = ${JSON.stringify(options).replaceAll('<', '\\u003c')}
const kept = JSON.parse(sessionStorage.getItem('graphiql:tabState'))
const openTab = kept ? kept.tabs[kept.activeTabIndex] : options.defaultTabs[0]

YogaGraphiQL.renderYogaGraphiQL(document.getElementById('root'), {
  ...options,
  // A reload keeps what was typed; a new window begins with the examples, even if another GraphiQL was used at this address before.
  storage: sessionStorage,
  // Without these, a reload would open one more tab, an empty one.
  initialQuery: openTab.query ?? '',
  initialVariables: openTab.variables ?? '',
  // GraphiQL would write the operation into the address, where a reload would run it.
  onEditQuery() {},
})
</script>
</body>
</html>
`
}

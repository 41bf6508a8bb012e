import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import bundle from '@graphql-yoga/render-graphiql/package.json' with { type: 'json' }

/** A file of GraphiQL. It never changes under its name. */
export interface GraphiQLFile {
  contentType: string
  /** Compressed with gzip: 9 MB in all become 2.4. */
  body(): Promise<Buffer>
}

const script = 'text/javascript; charset=utf-8'
const { version } = bundle

/** What the page loads, by names that change with the version, so that a browser may keep them for good. */
export const names = {
  script: `${version}/graphiql.js`,
  style: `${version}/graphiql.css`,
  editorWorker: `${version}/editor-worker.js`,
  graphqlWorker: `${version}/graphql-worker.js`,
  jsonWorker: `${version}/json-worker.js`,
}

const files = new Map<string, GraphiQLFile>([
  [names.script, file(script, ({ js }) => js)],
  [names.style, file('text/css; charset=utf-8', ({ css }) => css)],
  [names.editorWorker, file(script, ({ editorWorkerService }) => editorWorkerService)],
  [names.graphqlWorker, file(script, ({ graphqlWorker }) => graphqlWorker)],
  [names.jsonWorker, file(script, ({ jsonWorker }) => jsonWorker)],
])

export function graphiqlFile(name: string): GraphiQLFile | undefined {
  return files.get(name)
}

type Bundle = typeof import('@graphql-yoga/render-graphiql/graphiql')

/** Nothing is loaded or compressed before it is asked for, and nothing twice. */
function file(contentType: string, pick: (bundle: Bundle) => string): GraphiQLFile {
  let body: Promise<Buffer> | undefined
  const compress = async () => promisify(gzip)(pick(await import('@graphql-yoga/render-graphiql/graphiql')))
  return {
    contentType,
    body() {
      body ??= compress()
      return body
    },
  }
}

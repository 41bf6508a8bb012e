import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import bundle from '@graphql-yoga/render-graphiql/package.json' with { type: 'json' }

/** A file of GraphiQL. The content under a name never changes. */
export interface GraphiQLFile {
  contentType: string
  /** Compressed with gzip: all files together shrink from 9 MB to 2.4 MB. */
  body(): Promise<Buffer>
}

const script = 'text/javascript; charset=utf-8'
const { version } = bundle

/** The files that the page loads. The names change with the version, so a browser may cache them forever. */
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

/** Loads and compresses the file when it is first requested, and only then. */
function file(contentType: string, pick: (bundle: Bundle) => string): GraphiQLFile {
  let body: Promise<Buffer> | undefined
  const compress = async () => promisify(gzip)(pick(await import('@graphql-yoga/render-graphiql/graphiql')))
  return {
    contentType,
    body() {
      body ??= compress()
      // It is tried again.
      body.catch(() => {
        body = undefined
      })
      return body
    },
  }
}

import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import bundle from '@graphql-yoga/render-graphiql/package.json' with { type: 'json' }
import { pageScript } from './page-script.ts'

/** A file of GraphiQL. The content under a name never changes. */
export interface GraphiQLFile {
  contentType: string
  /** Compressed with gzip: all files together shrink from 9 MB to 2.4 MB. */
  body(): Promise<Buffer>
}

const script = 'text/javascript; charset=utf-8'
/** The number behind it is that of `withoutIconTitles`. */
const version = `${bundle.version}-1`

/** The files that the page loads. The names change with the version, so a browser may cache them forever. */
export const names = {
  script: `${version}/graphiql.js`,
  style: `${version}/graphiql.css`,
  editorWorker: `${version}/editor-worker.js`,
  graphqlWorker: `${version}/graphql-worker.js`,
  jsonWorker: `${version}/json-worker.js`,
}

const files = new Map<string, GraphiQLFile>([
  [names.script, upstream(script, ({ js }) => withoutIconTitles(js))],
  [names.style, upstream('text/css; charset=utf-8', ({ css }) => css)],
  [names.editorWorker, upstream(script, ({ editorWorkerService }) => editorWorkerService)],
  [names.graphqlWorker, upstream(script, ({ graphqlWorker }) => graphqlWorker)],
  [names.jsonWorker, upstream(script, ({ jsonWorker }) => jsonWorker)],
])

let pageScriptName: Promise<string> | undefined

/** @returns the name of the page's own script, which is made when it is first asked for */
export function nameOfPageScript(): Promise<string> {
  pageScriptName ??= addPageScript()
  // It is tried again.
  pageScriptName.catch(() => {
    pageScriptName = undefined
  })
  return pageScriptName
}

export function graphiqlFile(name: string): GraphiQLFile | undefined {
  return files.get(name)
}

async function addPageScript(): Promise<string> {
  const code = await pageScript()
  const name = `${createHash('sha256').update(code).digest('hex').slice(0, 16)}/page.js`
  files.set(
    name,
    file(script, async () => code),
  )
  return name
}

type Bundle = typeof import('@graphql-yoga/render-graphiql/graphiql')

function upstream(contentType: string, pick: (bundle: Bundle) => string): GraphiQLFile {
  return file(contentType, async () => pick(await import('@graphql-yoga/render-graphiql/graphiql')))
}

/** Loads and compresses the file when it is first requested, and only then. */
function file(contentType: string, load: () => Promise<string>): GraphiQLFile {
  let body: Promise<Buffer> | undefined
  const compress = async () => promisify(gzip)(await load())
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

/** GraphiQL titles its icons with the names of functions, which the bundle has shortened: "wze icon". What they are on has a label. */
function withoutIconTitles(js: string): string {
  return js.replace(/const (\w+)=(\w+)\.name\.replace\("Svg",""\)[^;]{0,100}\+" icon"/, 'const $1=undefined')
}

import { createHash } from 'node:crypto'
import bundle from '@graphql-yoga/render-graphiql/package.json' with { type: 'json' }
import { type PageFile, pageFile } from '../page/page-file.ts'
import { pageScript } from './page-script.ts'

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

/** Compressed, all of them together shrink from 9 MB to 2.4 MB. */
const files = new Map<string, PageFile>([
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

export function graphiqlFile(name: string): PageFile | undefined {
  return files.get(name)
}

async function addPageScript(): Promise<string> {
  const code = await pageScript()
  const name = `${createHash('sha256').update(code).digest('hex').slice(0, 16)}/page.js`
  files.set(
    name,
    pageFile(script, async () => code),
  )
  return name
}

type Bundle = typeof import('@graphql-yoga/render-graphiql/graphiql')

function upstream(contentType: string, pick: (bundle: Bundle) => string): PageFile {
  return pageFile(contentType, async () => pick(await import('@graphql-yoga/render-graphiql/graphiql')))
}

/** GraphiQL titles its icons with the names of functions, which the bundle has shortened: "wze icon". What they are on has a label. */
function withoutIconTitles(js: string): string {
  return js.replace(/const (\w+)=(\w+)\.name\.replace\("Svg",""\)[^;]{0,100}\+" icon"/, 'const $1=undefined')
}

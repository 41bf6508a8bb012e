import { showCaller } from './caller-bar.ts'
import { findEditors } from './editors.ts'
import { adviceOn } from './endings.ts'
import { follow } from './follow.ts'
import type { Fetcher } from './graphiql-bundle.ts'
import { Ids } from './ids.ts'
import type { PageOptions } from './options.ts'
import { send } from './request.ts'
import { RequestHeaders } from './request-headers.ts'
import { operationOf, subscribedField } from './resumption.ts'
import { SchemaFacts } from './schema-facts.ts'
import { markTabs, openVariables, showWelcome } from './surroundings.ts'
import { type Execute, TabRuns } from './tab-runs.ts'
import { Tabs } from './tabs.ts'

const { title, logo, examples, token, tokenAddress, workers }: PageOptions = JSON.parse(
  element('options').textContent ?? '',
)
const headers = new RequestHeaders(token, tokenAddress)
const schema = new SchemaFacts()
const ids = new Ids()
const tabs = new Tabs()

const execute: Execute = async (request, { signal, show }) => {
  const missing = ids.missing(request.variables)
  if (missing) return show({ page: missing })
  if (operationOf(request)?.operation === 'subscription') {
    const field = subscribedField(request)
    const canResume = field !== undefined && schema.takesAfter(field.name.value)
    return follow(request, { headers, canResume, signal, show })
  }
  try {
    const result = await send(request, headers, signal)
    ids.learn(result)
    show(result.data || !result.errors ? result : { page: adviceOn(result.errors, headers).advice, ...result })
  } catch {
    show({ page: 'The gateway does not answer. Run it again when it is back.' })
  }
}

const runs = new TabRuns(tabs, (request, { signal, show }) => {
  const named = { ...request, operationName: operationOf(request)?.name?.value }
  const showAndMark = (shown: object, count?: number) => {
    show(shown, count)
    mark()
  }
  return execute(named, { signal, show: showAndMark }).finally(mark)
})

const fetcher: Fetcher = (request) => {
  if (request.operationName !== 'IntrospectionQuery') return runs.fetcher(request)
  return send(request, headers).then((introspected) => {
    schema.learn(introspected)
    return introspected
  })
}

self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_module, label) => workers[label] ?? '' }

const kept = JSON.parse(sessionStorage.getItem('graphiql:tabState') ?? 'null')
const openTab = kept ? kept.tabs[kept.activeTabIndex] : examples[0]

YogaGraphiQL.renderYogaGraphiQL(element('root'), {
  title,
  logo,
  defaultTabs: examples,
  // Without these, a reload would open one more tab, an empty one.
  initialQuery: openTab.query ?? '',
  initialVariables: openTab.variables ?? '',
  defaultHeaders: headers.text,
  defaultEditorToolsVisibility: openTab.variables ? 'variables' : 'headers',
  // A token must not lie about; those that were typed are kept by request-headers.ts.
  shouldPersistHeaders: false,
  // A reload keeps what was typed; a new window begins with the examples, even if another GraphiQL was used at this address before.
  storage: sessionStorage,
  fetcher,
  // GraphiQL would write the operation into the address, where a reload would run it.
  onEditQuery() {},
  onTabChange: tabs.report,
})
showCaller(element('caller'), headers)

const editors = await findEditors()
showWelcome(editors)
editors.onChange('headers', (text, typed) => typed && headers.type(text))
headers.onChange(() => editors.write('headers', headers.text))
tabs.onOpened(() => {
  editors.write('headers', headers.text)
  const variables = ids.filled(editors.read('variables'))
  editors.write('variables', variables)
  if (variables.trim()) openVariables()
  runs.comeBack(editors)
})
tabs.onChanged(mark)

function mark(): void {
  // After GraphiQL has drawn its tabs.
  requestAnimationFrame(() => markTabs(tabs.ids.map((tab) => runs.countOf(tab))))
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (!found) throw new Error(`The page has no element ${id}.`)
  return found
}

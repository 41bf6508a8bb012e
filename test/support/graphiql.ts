import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { describeInBrowser, soon } from './browser.ts'

type Editor = 'operation.graphql' | 'variables.json' | 'request-headers.json' | 'response.json'

/** GraphiQL in a window of Chromium. */
export interface GraphiQL {
  page: Page
  tabs(): Promise<string[]>
  open(tab: string): Promise<void>
  read(editor: Editor): Promise<string>
  /** Pastes the content into the editor, in the place of what is there. */
  write(editor: Editor, content: string): Promise<void>
  /** Runs the operation in the open tab. Resolves to the response. */
  run(): Promise<object>
  /** Runs the subscription in the open tab. Resolves when the gateway has subscribed. */
  subscribe(): Promise<void>
  /** The response shown on the page. */
  answer(): Promise<object | undefined>
  /** The line that says whose token is used. */
  caller(): Promise<string>
  reload(): Promise<void>
  /** What the page keeps in the browser. */
  stored(): Promise<string>
}

/** Tests with GraphiQL in Chromium. @param options.isInterrupted whether requests may fail, of which Chromium complains */
export function describeInChromium(
  title: string,
  options: { isInterrupted?: boolean },
  define: (open: (url: string, options?: { token?: string }) => Promise<GraphiQL>) => void,
): void {
  describeInBrowser(title, options, (newPage) =>
    define(async (url, { token } = {}) => {
      const page = await newPage(url)
      if (token) await openWith(page, token)
      return openGraphiQL(page, url)
    }),
  )
}

/** Has the gateway's page open with this token as its own. */
async function openWith(page: Page, token: string): Promise<void> {
  await page.route(/\/graphql$/, async (route) => {
    if (route.request().method() !== 'GET') return route.fallback()
    const response = await route.fetch()
    const body = (await response.text()).replace(/"token":"[^"]+"/, `"token":"${token}"`)
    await route.fulfill({ response, body })
  })
}

async function openGraphiQL(page: Page, url: string): Promise<GraphiQL> {
  const ready = async () => {
    await page.waitForSelector('.graphiql-query-editor .view-line')
    // The last thing that the page adds.
    await page.waitForSelector('.welcome', { state: 'attached' })
  }
  const model = (editor: Editor) => `__MONACO.editor.getModels().find(({ uri }) => uri.path.endsWith('${editor}'))`
  const execute = () => page.click('.graphiql-execute-button')
  const read = (editor: Editor) => page.evaluate<string>(`${model(editor)}.getValue()`)
  const stored = () => page.evaluate<string>('Object.values({ ...localStorage, ...sessionStorage }).join()')
  const answer = async () => JSON.parse((await read('response.json')) || 'null') ?? undefined

  await page.goto(url)
  await ready()
  return {
    page,
    read,
    answer,
    stored,
    tabs: () => page.locator('.graphiql-tab-button').allTextContents(),
    async open(tab) {
      await page.click(`.graphiql-tab-button:text-is("${tab}")`)
      await page.waitForSelector(`.graphiql-tab-active .graphiql-tab-button:text-is("${tab}")`)
    },
    async write(editor, content) {
      if (editor === 'variables.json') await page.click('[data-name=variables]')
      if (editor === 'request-headers.json') await page.click('[data-name=headers]')
      const edit = `{ range: ${model(editor)}.getFullModelRange(), text: ${JSON.stringify(content)} }`
      const found = `__MONACO.editor.getEditors().find((one) => one.getModel() === ${model(editor)})`
      await page.evaluate(`${found}.executeEdits('paste', [${edit}])`)
      await soon(() => read(editor)).toBe(content)
      // GraphiQL takes it over a moment later; another tab that is opened before would lose it. Headers are the page's own.
      if (editor !== 'request-headers.json') await soon(stored).toContain(JSON.stringify(content).slice(1, -1))
    },
    async run() {
      await page.evaluate(`${model('response.json')}.setValue('')`)
      await execute()
      await soon(answer).toBeDefined()
      return answer()
    },
    async subscribe() {
      await execute()
      await soon(answer).toMatchObject({ stream: expect.stringMatching(/^listening since/) })
    },
    caller: () => page.locator('#caller span').textContent().then(String),
    async reload() {
      await page.reload()
      await ready()
    },
  }
}

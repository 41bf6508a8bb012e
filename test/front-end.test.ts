import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createViteServer } from 'vitest/node'
import { openSso } from '../src/identity/issuers/sso.ts'
import { scopes } from '../src/identity/scope.ts'
import { create, updateBotAgent } from './support/bot-agents.ts'
import { run } from './support/client.ts'
import { codeBlocks } from './support/code-blocks.ts'
import { databaseForTest } from './support/database.ts'
import { freePort } from './support/free-port.ts'
import { gatewayForTest } from './support/gateway.ts'
import { spawnGateway } from './support/gateway-process.ts'
import { installed } from './support/installed.ts'

const project = join(import.meta.dirname, '..')
const guide = await readFile(join(project, 'docs/front-end.md'), 'utf8')
const executablePath =
  process.env.CHROMIUM_PATH || installed('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')

async function folderForTest(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-front-end-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The page that the guide builds, served by Vite. @returns its origin */
async function servePage(gateway: string): Promise<string> {
  const root = await folderForTest()
  await mkdir(join(root, 'src'))
  await symlink(join(project, 'node_modules'), join(root, 'node_modules'))
  await writeFile(
    join(root, 'index.html'),
    '<!doctype html><div id="app"></div><script type="module" src="/src/main.js"></script>',
  )
  for (const code of codeBlocks(guide, 'js')) {
    const [, name = ''] = /^\/\/ (src\/\w+\.js)$/m.exec(code) ?? []
    await writeFile(join(root, name), code.replace("'http://127.0.0.1:4000'", `'${gateway}'`))
  }
  const port = await freePort()
  const vite = await createViteServer({
    root,
    configFile: false,
    cacheDir: join(root, '.vite'),
    logLevel: 'error',
    server: { host: '127.0.0.1', port, strictPort: true, fs: { allow: [root, project] } },
  })
  onTestFinished(() => vite.close())
  await vite.listen()
  return `http://127.0.0.1:${port}`
}

/** @param seen is called with the body of each request */
async function openPage(origin: string, seen: (body: string) => void = () => {}): Promise<Page> {
  const browser = await chromium.launch({
    executablePath: executablePath ?? '',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  onTestFinished(() => browser.close())
  const page = await browser.newPage()
  page.on('request', (sent) => seen(sent.postData() ?? ''))
  await page.goto(origin)
  return page
}

const title = executablePath
  ? 'the front end of the guide'
  : 'the front end of the guide, SKIPPED: there is no Chromium'

describe.skipIf(!executablePath)(title, () => {
  it('lists bot agents, follows them, and misses nothing while the gateway is away', async () => {
    const [port, dataDir, DATABASE_URL] = await Promise.all([freePort(), folderForTest(), databaseForTest()])
    const origin = await servePage(`http://127.0.0.1:${port}`)
    const start = (env: Record<string, string> = {}) => spawnGateway({ DATABASE_URL, DATA_DIR: dataDir, ...env })
    const serve = () => start({ PORT: String(port), ALLOWED_ORIGINS: origin })
    let gateway = await serve()
    // What it changes, the page must learn from the gateway that it knows.
    const other = await start()
    onTestFinished(async () => {
      await Promise.all([gateway.end('SIGKILL'), other.end('SIGTERM')])
    })
    const token = await (await openSso(dataDir)).sign({ clientId: 'my-bots', licenseId: 1, scopes, expiresIn: 600 })
    const update = (id: string, status: string) => run(other, token, updateBotAgent, { input: { id, status } })
    const remove = (botAgentId: string) =>
      run(other, token, 'mutation ($id: ID!) { removeBotAgent(input: { botAgentId: $id }) { botAgentId } }', {
        id: botAgentId,
      })

    const first = await create(other, token, { name: 'first' })
    let lists = 0
    const page = await openPage(origin, (body) => {
      if (body.includes('query List')) lists += 1
    })
    const shows = (...lines: string[]) =>
      page.waitForFunction((text) => document.querySelector('#app')?.textContent === text, lines.join(''))
    await shows('first: OFFLINE')
    await update(first, 'ACCEPTING_CHATS')
    await shows('first: ACCEPTING_CHATS')
    const second = await create(other, token, { name: 'second' })
    await shows('first: ACCEPTING_CHATS', 'second: OFFLINE')

    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      // By then the client of graphql-ws has met a refused connection, which by default is final.
      const refused = page.waitForEvent('console', (message) => message.text().includes('ERR_CONNECTION_REFUSED'))
      await gateway.end(signal)
      await refused
      await update(first, signal === 'SIGTERM' ? 'OFFLINE' : 'NOT_ACCEPTING_CHATS')
      if (signal === 'SIGKILL') await remove(second)
      gateway = await serve()
      if (signal === 'SIGTERM') await shows('first: OFFLINE', 'second: OFFLINE')
      else await shows('first: NOT_ACCEPTING_CHATS')
    }
    // The stream has told it all that.
    expect(lists).toBe(1)
  })

  it('that is not let in is named in the log, because the browser does not say why', async () => {
    const gateway = await gatewayForTest()
    const origin = await servePage(new URL(gateway.url).origin)
    const page = await openPage(origin)
    expect(await gateway.logs('a page was refused: its origin is not in ALLOWED_ORIGINS')).toMatchObject({ origin })
    expect(await page.textContent('#app')).toBe('')
  })
})

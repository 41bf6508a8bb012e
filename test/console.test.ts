import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { create, updateBotAgent } from './support/bot-agents.ts'
import { describeInBrowser, soon } from './support/browser.ts'
import { request, run } from './support/client.ts'
import { openWith, seriousViolations, storedBy } from './support/console.ts'
import { gatewayForTest, newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { spawnGateway } from './support/gateway-process.ts'
import { addBotAgents } from './support/many-bot-agents.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const load = (path: string, init?: RequestInit) => fetch(new URL(path, gateway.url), init)

describe('the files of the console', () => {
  it('have less than 150 kB, compressed', async () => {
    const folder = join(import.meta.dirname, '../dist/console/assets')
    const files = await readdir(folder)
    const sizes = await Promise.all(
      files.map(async (file) => (await promisify(gzip)(await readFile(join(folder, file)), { level: 9 })).length),
    )
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000)
  })

  it('are a page for each path, which is not kept and has a nonce of its own, and files that are kept forever', async () => {
    const nonces = new Set<string>()
    for (const path of ['/console', '/console/', '/console/bots/new', '/console/no/such/page']) {
      const { status, headers, ...response } = await load(path)
      expect([path, status, headers.get('cache-control')]).toEqual([path, 200, 'no-store'])
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/)
      expect(policy).toContain("connect-src 'self';")
      expect(policy).not.toMatch(/unsafe/)
      expect([headers.get('x-content-type-options'), headers.get('referrer-policy')]).toEqual([
        'nosniff',
        'no-referrer',
      ])
      nonces.add(/'nonce-([^']+)'/.exec(policy)?.[1] ?? '')
      expect(response).toBeDefined()
    }
    expect(nonces.size).toBe(4)
    const html = await (await load('/console')).text()
    const [script = ''] = /\/console\/assets\/[^"]+\.js/.exec(html) ?? []
    const file = await load(script)
    expect([file.status, file.headers.get('content-type'), file.headers.get('cache-control')]).toEqual([
      200,
      'text/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
    ])
    expect((await load('/console/assets/index-gone.js')).status).toBe(404)
    expect((await load('/console/assets/../index.html')).headers.get('content-type')).toContain('text/html')
    expect((await load('/console', { method: 'POST' })).status).toBe(405)
  })

  it('are missing if they could not be built: the build says so, and the gateway starts without them', async () => {
    const root = await mkdtemp(join(tmpdir(), 'console-'))
    onTestFinished(() => rm(root, { recursive: true }))
    for (const folder of ['console/src', 'packages/client/dist', 'dist/console']) {
      await mkdir(join(root, folder), { recursive: true })
    }
    const files = {
      'dist/console/index.html': 'the last one',
      'console/index.html': '<script type="module" src="/src/gone.ts"></script>',
      'console/vite.config.ts': `export default { build: { outDir: '../dist/console' } }`,
      'console/package.json': '{ "type": "module" }',
      'package-lock.json': '{}',
    }
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text)
    await cp(join(import.meta.dirname, '../console/build.ts'), join(root, 'console/build.ts'))
    await symlink(join(import.meta.dirname, '../node_modules'), join(root, 'node_modules'))
    const { stderr } = await promisify(execFile)(process.execPath, [join(root, 'console/build.ts')])
    expect(stderr).toMatch(/^The console could not be built, so the gateway will serve none: .*gone\.ts/ms)
    expect(existsSync(join(root, 'dist/console/index.html'))).toBe(false)

    const entry = join(root, 'dist/main.js')
    await cp(dirname(inject('builtGateway')), join(root, 'dist'), {
      recursive: true,
      filter: (path) => basename(path) !== 'console',
    })
    const other = await spawnGateway({ DATABASE_URL: gateway.databaseUrl, DATA_DIR: gateway.dataDir }, entry)
    onTestFinished(async () => void (await other.end('SIGTERM')))
    await soon(() => other.logged.join('\n')).toContain('the console is not there: it was not built')
    const page = await fetch(new URL('/console', other.url))
    expect([page.status, await page.text()]).toEqual([503, expect.stringContaining('was not built')])
    expect((await fetch(new URL('/health', other.url))).status).toBe(200)
  })

  it('get a token only on this machine, for their own page', async () => {
    const signIn = (headers: Record<string, string>) => load('/console/sign-in', { method: 'POST', headers })
    const { token, ...served } = (await (await signIn({})).json()) as { token: string }
    expect(served).toEqual({ graphiql: true, introspection: true })
    const { data } = await request(gateway.url, token, '{ viewer { clientId licenseId } }')
    expect(data).toEqual({ viewer: { clientId: 'my-bots', licenseId: 1 } })
    for (const headers of [
      { origin: 'http://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'x-forwarded-for': '10.0.0.1' },
    ]) {
      const { status } = await signIn(headers)
      expect([headers, status]).toEqual([headers, 403])
    }
    expect((await load('/console/sign-in')).status).toBe(405)
  })
})

describeInBrowser('the console', { isInterrupted: true }, (newPage) => {
  /** Opens the console with a token. @param claims those of an application in a license of its own, with all scopes, unless they say otherwise */
  const open = async (
    path: string,
    { at = gateway, ...claims }: Parameters<TestGateway['token']>[0] & { at?: TestGateway } = {},
  ) => {
    const page = await newPage(at.url)
    const token = await at.token({ licenseId: newLicense(), ...claims })
    await openWith(page, token)
    await page.goto(new URL(path, at.url).href)
    return { page, token }
  }
  const isLive = (page: Page) => page.locator('[data-connection=live]').waitFor({ state: 'attached' })
  const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name }).first()

  it('opens signed in at /, and every screen opens and reloads', async () => {
    const page = await newPage(gateway.url)
    await page.goto(new URL('/', gateway.url).href)
    await page.getByRole('heading', { name: 'Bots', exact: true }).waitFor()
    await page.getByRole('button', { name: 'my-bots' }).waitFor()
    for (const screen of ['Deliveries', 'Trouble', 'Try it']) {
      await page.getByRole('link', { name: screen }).click()
      await page.getByRole('heading', { name: screen, exact: true }).waitFor()
    }
    await page.reload()
    await page.getByRole('heading', { name: 'Try it', exact: true }).waitFor()
    expect(page.url()).not.toMatch(/eyJ/)
    expect(await storedBy(page)).toBe('{}')

    await page.route('**/assets/trouble-*.js', (route) => route.abort())
    await page.reload()
    await page.getByRole('link', { name: 'Trouble' }).click()
    await page.getByText('This screen could not be shown').waitFor()
    await page.getByRole('link', { name: 'Deliveries' }).click()
    await page.getByRole('heading', { name: 'Deliveries', exact: true }).waitFor()
  })

  it('can be used with the keyboard alone', async () => {
    const { page } = await open('/console')
    await page.getByRole('heading', { name: 'Bots', exact: true }).waitFor()
    await page.keyboard.press('Tab')
    await soon(() => page.evaluate('document.activeElement.textContent')).toBe('Skip to the content')
    await page.getByRole('button', { name: 'More' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'GraphiQL' }).waitFor()
    expect(await seriousViolations(page)).toEqual([])
    await page.getByRole('menuitemradio', { name: 'Dark' }).focus()
    await page.keyboard.press('Enter')
    await soon(() => page.evaluate('document.documentElement.dataset.theme')).toBe('dark')
    await soon(() => page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('More')
    await page.getByRole('link', { name: 'Trouble' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Trouble', exact: true }).waitFor()
    await soon(() => page.evaluate('document.activeElement.id')).toBe('main')
  })

  it('shows bots by group and priority, finds them, and keeps the filters in the address', async () => {
    const { page, token } = await open('/console/bots')
    await page.getByRole('heading', { name: 'There are no bots yet' }).waitFor()
    await isLive(page)
    const bots = [
      ['Anna', 'ACCEPTING_CHATS', [{ id: 1, priority: 'LAST' }]],
      [
        'Ben',
        'OFFLINE',
        [
          { id: 1, priority: 'FIRST' },
          { id: 2, priority: 'NORMAL' },
        ],
      ],
      ['Carol', 'NOT_ACCEPTING_CHATS', []],
    ] as const
    for (const [name, status, groups] of bots) await create(gateway, token, { name, status, groups })

    const names = () =>
      page.locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.querySelector('a, th')?.textContent))
    await soon(names).toEqual(
      ['Group 1 2 bots', 'Ben', 'Anna', 'Group 2 1 bot', 'Ben', 'No group 1 bot', 'Carol'].map((name) =>
        name.replace(/^(.+) (\d bots?)$/, '$1$2'),
      ),
    )
    await page.getByRole('button', { name: 'Offline' }).click()
    await soon(names).toEqual(['Group 11 bot', 'Ben', 'Group 21 bot', 'Ben'])
    await page.getByText('List', { exact: true }).click()
    await soon(names).toEqual(['Ben'])
    expect(new URL(page.url()).search).toBe('?status=OFFLINE&layout=list')
    await page.reload()
    await soon(names).toEqual(['Ben'])
    await page.getByRole('searchbox').fill('zzz')
    await page.getByRole('heading', { name: 'No bot matches' }).waitFor()
    await page.getByRole('button', { name: 'Clear search and filters' }).click()
    await soon(names).toEqual(['Anna', 'Ben', 'Carol'])
    const longest = `/console?name=${'x'.repeat(5_000)}%00&status=__proto__&group=-1&layout=none`
    await page.goto(new URL(longest, gateway.url).href)
    await page.getByRole('heading', { name: 'No bot matches' }).waitFor()
  })

  it('shows what another one changes, with the reason, to all who look', async () => {
    const licenseId = newLicense()
    const token = await gateway.token({ licenseId })
    const id = await create(gateway, token, { name: 'Support', status: 'ACCEPTING_CHATS' })
    const pages = await Promise.all([
      open('/console', { licenseId }),
      open('/console?of=all', { licenseId, clientId: 'others' }),
    ])
    for (const { page } of pages) {
      await row(page, 'Support').getByText('Accepting chats').waitFor()
      await isLive(page)
    }
    await run(gateway, token, updateBotAgent, { input: { id, status: 'NOT_ACCEPTING_CHATS' } })
    for (const { page } of pages) await row(page, 'Support').getByText('Not accepting chats: updated').waitFor()
    await load('/oauth/revoke', { method: 'POST', body: new URLSearchParams({ token }) })
    for (const { page } of pages) {
      await row(page, 'Support').getByText('Offline: its access token was revoked').waitFor()
      await soon(() => page.getByRole('button', { name: 'Offline' }).textContent()).toMatch(/^1/)
    }
  })

  it('does not offer what a scope forbids, and says which is missing', async () => {
    const reader = await open('/console', { scopes: ['agents-bot--my:ro'] })
    await reader.page.getByText('To create bots, the token needs agents-bot--my:rw').waitFor()
    await reader.page.getByText('the token needs agents-bot--all:ro').waitFor()
    expect(await reader.page.getByRole('link', { name: 'New bot' }).count()).toBe(0)
  })

  it('says that it is loading, offline, live again and what went wrong', async () => {
    const limited = await gatewayForTest({ env: { RATE_LIMIT_QUERY_COST: '60' } })
    const failing = await open('/console', { at: limited })
    await failing.page.getByRole('heading', { name: 'Something went wrong' }).waitFor()

    const { page } = await open('/console/try', { scopes: ['chats--all:rw'] })
    await page.getByRole('heading', { name: 'Try it', exact: true }).waitFor()
    let answer = () => {}
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    await page.route('**/graphql', async (route) => {
      await answered
      await route.fallback()
    })
    await page.getByRole('link', { name: 'Bots', exact: true }).click()
    await page.getByRole('status', { name: 'Loading bots' }).waitFor()
    await page.context().setOffline(true)
    answer()
    await page.getByRole('heading', { name: 'The gateway can’t be reached' }).waitFor()
    await page.context().setOffline(false)
    await page.getByText('It lacks the scope').waitFor()
  })

  it('goes on with the next token when one ends', async () => {
    const licenseId = 1
    const token = await gateway.token({ licenseId })
    const id = await create(gateway, token, { name: 'Endless' })
    const { page } = await open('/console', { licenseId, expiresIn: 3 })
    const signIns = `performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/console/sign-in')).length`
    await soon(() => page.evaluate(signIns)).toBe(2)
    await isLive(page)
    await run(gateway, token, updateBotAgent, { input: { id, status: 'ACCEPTING_CHATS' } })
    await row(page, 'Endless').getByText('Accepting chats: updated').waitFor()
    expect(await storedBy(page)).toBe('{}')
  })

  it('scrolls through thousands of bots, with few of them in the page, and tries again to read more', async () => {
    const licenseId = newLicense()
    await addBotAgents(gateway.databaseUrl, { licenseId, clientId: 'my-bots', count: 3_000 })
    const { page } = await open('/console?layout=list', { licenseId })
    await page.getByText('3,000 bots').waitFor()
    const next = (route: Route) =>
      route.request().postDataJSON().variables.after
        ? route.fulfill({ json: { errors: [{ message: 'Not this page.' }] } })
        : route.fallback()
    await page.route('**/graphql', next)
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)')
    await page.getByText('Not this page.').waitFor()
    expect(await page.getByText('This may be out of date').count()).toBe(0)
    await page.unroute('**/graphql', next)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('Not this page.').waitFor({ state: 'detached' })
    for (let pages = 0; pages < 5; pages++) await page.mouse.wheel(0, 6_000)
    await soon(() => page.evaluate<number>('scrollY')).toBeGreaterThan(5_000)
    await soon(() => page.locator('tbody tr').count()).toBeGreaterThan(10)
    expect(await page.locator('tbody tr').count()).toBeLessThan(60)
  })
})

import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { startPicturedGateway } from './pictured-gateway.ts'

/** Pictures of the main screens, for the documentation. `npm run screenshots [folder]` */
const folder = resolve(process.argv[2] ?? join(import.meta.dirname, '../docs/images/console'))

type Look = keyof typeof looks
const looks = {
  light: { colorScheme: 'light', viewport: { width: 1360, height: 760 } },
  dark: { colorScheme: 'dark', viewport: { width: 1360, height: 760 } },
  narrow: { colorScheme: 'light', viewport: { width: 360, height: 740 } },
} as const

await using parts = new AsyncDisposableStack()
const gateway = await startPicturedGateway(parts)
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
})
parts.defer(() => browser.close())
await mkdir(folder, { recursive: true })

const all: readonly Look[] = ['light', 'dark', 'narrow']
await picture('bots', '/console/bots', all, someChanges)
await picture('deliveries', '/console/deliveries', all, async (page, look) => {
  const row = page.locator('tbody tr').filter({ hasText: 'Failed' }).first()
  await row.waitFor()
  if (look === 'narrow') return
  await row.getByRole('link').click()
  await page.getByText('Attempt 3', { exact: true }).waitFor()
})
const health = `/console/bots/${gateway.idOf('Translator')}?tab=health`
await picture('bot', health, ['light'], (page) => page.getByText('Last 24 hours').waitFor())
await picture('trouble', '/console/trouble', ['light'], (page) => page.getByText('Facebook greeter').first().waitFor())
await picture('try', '/console/try?do=chat', ['light'], async (page) => {
  for (const text of ['Hello!', 'Where is my order?']) {
    await page.getByLabel('Message', { exact: true }).fill(text)
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByText(text).waitFor()
  }
  await page.getByText('Status 200').first().waitFor()
})

async function picture(
  name: string,
  path: string,
  wanted: readonly Look[],
  prepare: (page: Page, look: Look) => Promise<void>,
): Promise<void> {
  for (const look of wanted) {
    const context = await browser.newContext({ ...looks[look], deviceScaleFactor: 1, reducedMotion: 'reduce' })
    const page = await context.newPage()
    await page.goto(new URL(path, gateway.url).href)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForLoadState('networkidle')
    await prepare(page, look)
    await page.waitForTimeout(500)
    await page.screenshot({ path: join(folder, `${name}-${look}.png`) })
    await context.close()
  }
}

/** Changes that a reader of the board sees. */
async function someChanges(page: Page): Promise<void> {
  await page.locator('[data-connection=live]').waitFor({ state: 'attached' })
  // A change back and forth, so that there is one for each look.
  for (const status of ['OFFLINE', 'ACCEPTING_CHATS']) await gateway.setStatus('Night shift', status)
  for (const status of ['OFFLINE', 'NOT_ACCEPTING_CHATS']) await gateway.setStatus('Order status', status)
  await page.getByText('Not accepting chats: updated').first().waitFor({ state: 'attached' })
}

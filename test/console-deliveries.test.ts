import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { curlOf } from '../console/src/screens/deliveries/delivery/curl.ts'
import { layOut } from '../console/src/screens/deliveries/delivery/lay-out.ts'
import { create, updateBotAgent } from './support/bot-agents.ts'
import { describeInBrowser, soon } from './support/browser.ts'
import { listening, publish } from './support/chat-events.ts'
import { run } from './support/client.ts'
import { openWith, seriousViolations, widthOf } from './support/console.ts'
import { sql } from './support/database.ts'
import { freePort } from './support/free-port.ts'
import { type Claims, newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { spawnGateway } from './support/gateway-process.ts'
import { receiverForTest } from './support/receiver.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ env: { WEBHOOK_RETRY_SCHEDULE: '1h' } })
})
afterAll(() => gateway.stop())

const SECRET = 'JSauw0Aks8l-asAa'
const ofChat = (id: string) => ({ chat: { id }, data: { chat_id: id, thread_id: 'T', event: { id: 'E', text: 'Hi' } } })
const row = (page: Page, chat: string) => page.locator('tbody tr').filter({ hasText: chat })
const isLive = (page: Page) => page.locator('[data-connection=live]').waitFor()

/** Adds deliveries that have arrived, one a second. */
async function addDeliveries(licenseId: number, botAgentId: string, count: number): Promise<void> {
  await sql(
    gateway.databaseUrl,
    `insert into webhook_delivery (id, license_id, client_id, bot_agent_id, chat_id, action, state, url, additional_data, secret_key,
       last_status_code, created_at, finished_at)
     select 'dlv_' || lpad(to_hex((extract(epoch from time) * 1000)::bigint), 12, '0') || substr(md5($1::text || '-' || place), 1, 20), $1::int, 'my-bots', $2,
       'old' || place, 'INCOMING_EVENT', 'SUCCEEDED', 'https://example.com', '{}', '', 200, time, time
     from generate_series(1, $3::int) place
     cross join lateral (select now() - interval '1 day' - ($3 - place) * interval '1 s' as time) created`,
    [licenseId, botAgentId, count],
  )
}

describe('what others have written into a delivery', () => {
  it('stays one argument each in the command that is copied', async () => {
    const hostile = `'; touch /tmp/hostile #' $(id) \`id\` \\ ! "%s"\n@/etc/passwd`
    const command = curlOf({
      url: `https://example.com/a'b?list[1-9]={$(id),b}`,
      headers: [{ name: 'X-Text', value: hostile.replaceAll('\n', ' ') }],
      body: hostile,
    })
    const { stdout } = await promisify(execFile)('sh', ['-c', `curl() { printf '%s\\0' "$@"; }\n${command}`])
    expect(stdout.split('\0').slice(0, -1)).toEqual([
      '--globoff',
      ...['-X', 'POST', `https://example.com/a'b?list[1-9]={$(id),b}`],
      ...['-H', `X-Text: ${hostile.replaceAll('\n', ' ')}`],
      ...['--data-raw', hostile],
    ])
  })

  it('is laid out as it was sent, however large its numbers and however deep it is', () => {
    const text = '{"id":12345678901234567890,"id":1.0,"text":"a, {b}: \\"c\\"  ","none":{ },"list":[1,[ ]]}'
    expect(layOut(text)).toBe(
      [
        ...['{', '  "id": 12345678901234567890,', '  "id": 1.0,', '  "text": "a, {b}: \\"c\\"  ",'],
        ...['  "none": {},', '  "list": [', '    1,', '    []', '  ]', '}'],
      ].join('\n'),
    )
    expect(layOut('['.repeat(10_000) + ']'.repeat(10_000))?.length).toBeLessThan(2_000_000)
    expect(['7', '"text"', 'null', '{', ''].map(layOut)).toEqual(Array(5).fill(undefined))
  })
})

describeInBrowser('the deliveries of the console', { isInterrupted: true }, (newPage) => {
  async function open(path: string, claims: Claims = {}, url = gateway.url) {
    const licenseId = claims.licenseId ?? newLicense()
    const token = await gateway.token({ licenseId, ...claims })
    const page = await newPage(url)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await openWith(page, token)
    return {
      page,
      licenseId,
      token: await gateway.token({ licenseId }),
      go: () => page.goto(new URL(path, url).href),
    }
  }

  it('are filtered by what the URL says, and the filters are set in the page', async () => {
    const receiver = await receiverForTest()
    receiver.answer = (response) => {
      const failing = receiver.received.at(-1)?.text.includes('failing')
      response.writeHead(failing ? 503 : 200).end()
    }
    const { page, token, go } = await open('/console/deliveries')
    await go()
    await page.getByText('No deliveries yet').waitFor()
    expect(await seriousViolations(page)).toEqual([])

    await create(gateway, token, { name: 'Order status', ...listening(receiver.url) })
    await publish(gateway, token, ofChat('fine'))
    await publish(gateway, token, ofChat('failing'))
    await row(page, 'fine').getByText('Delivered').waitFor()
    await row(page, 'failing').getByText('503').waitFor()
    await row(page, 'failing').getByText('next in').waitFor()

    await page.getByLabel('Pending', { exact: true }).check()
    await soon(() => page.url()).toContain('state=PENDING')
    await soon(() => page.locator('tbody tr').count()).toBe(1)
    await page.getByRole('button', { name: 'Filters' }).click()
    await page.getByLabel('Status of the last response').fill('6000')
    await page.getByText('Write statuses as').waitFor()
    await page.getByLabel('Status of the last response').fill('5xx, 404')
    await page.getByLabel('Status of the last response').press('Enter')
    await page.getByRole('combobox', { name: 'Bot' }).fill('Ord')
    await page.getByRole('option', { name: 'Order status' }).click()
    await page.getByText('Bot: Order status').waitFor()
    await page.getByRole('button', { name: 'Action: Any' }).click()
    await page.getByLabel('Incoming event').check()
    await page.keyboard.press('Escape')
    // Until it is read, the former list is pale.
    await page.locator('table[aria-busy=false]').waitFor()
    expect(await seriousViolations(page)).toEqual([])
    const { searchParams } = new URL(page.url())
    expect([searchParams.get('status'), searchParams.getAll('action')]).toEqual(['5xx, 404', ['INCOMING_EVENT']])
    await page.reload()
    await page.getByText('1 delivery').waitFor()
    await page.getByLabel('Chat', { exact: true }).waitFor({ state: 'detached' })
    await page.goto(`${page.url()}&chat=none`)
    await page.getByText('No delivery passes the filters').waitFor()
    await page.getByRole('button', { name: 'Clear search and filters' }).click()
    await row(page, 'fine').waitFor()
    expect(new URL(page.url()).search).toBe('')

    await sql(
      gateway.databaseUrl,
      `update webhook_delivery set created_at = now() - interval '2 hours' where chat_id = $1`,
      ['fine'],
    )
    await page.getByLabel('Created', { exact: true }).selectOption('Last hour')
    await row(page, 'fine').waitFor({ state: 'detached' })
    await row(page, 'failing').waitFor()
    expect(new URL(page.url()).search).toBe('?since=1h')
    await page.reload()
    await page.getByText('1 delivery').waitFor()
    await page.getByLabel('Created', { exact: true }).selectOption('Last 24 hours')
    await row(page, 'fine').waitFor()
  })

  it('gather while somebody reads, and wait while they are paused', async () => {
    const receiver = await receiverForTest()
    const { page, licenseId, token, go } = await open('/console/deliveries')
    const id = await create(gateway, token, { name: 'Reader', ...listening(receiver.url) })
    await addDeliveries(licenseId, id, 300)
    await go()
    await page.getByText('300 deliveries').waitFor()
    await isLive(page)
    await publish(gateway, token, ofChat('flows'))
    await row(page, 'flows').getByText('Delivered').waitFor()

    await page.mouse.move(600, 500)
    await page.mouse.wheel(0, 2_000)
    await soon(() => page.evaluate<number>('scrollY')).toBeGreaterThan(1_000)
    for (const chat of ['one', 'two', 'three']) await publish(gateway, token, ofChat(chat))
    await page.getByRole('button', { name: '3 new' }).click()
    await row(page, 'three').waitFor()

    // Neither an open delivery nor the list beside it covers the other.
    await row(page, 'three').getByRole('link').press('Enter')
    const drawer = page.getByRole('dialog')
    await drawer.getByText('Delivered').waitFor()
    for (const [place, width] of [1920, 1152, 1280].entries()) {
      await page.setViewportSize({ width, height: 800 })
      await soon(() => widthOf(page)).toBe(width)
      const chat = `beside${place}`
      await publish(gateway, token, ofChat(chat))
      const fresh = page.getByRole('button', { name: `${place + 1} new` })
      await fresh.click({ trial: true })
      for (const name of ['Pause', 'Filters', 'More']) await page.getByRole('button', { name }).click({ trial: true })
      await page.getByLabel('Created', { exact: true }).click({ trial: true })
      await page.getByRole('link', { name: 'Incoming event' }).nth(2).click({ trial: true })
      await drawer.getByRole('button', { name: 'Close' }).click({ trial: true })
    }
    expect(await seriousViolations(page)).toEqual([])
    await page.getByRole('button', { name: '3 new' }).click()
    await page.getByRole('button', { name: /new$/ }).waitFor({ state: 'detached' })
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'detached' })

    await page.getByRole('button', { name: 'Pause' }).click()
    await publish(gateway, token, ofChat('later'))
    await page.getByRole('button', { name: 'Resume, 1 changed' }).waitFor()
    expect(await row(page, 'later').count()).toBe(0)
    await page.getByRole('button', { name: 'Resume, 1 changed' }).click()
    await row(page, 'later').waitFor()
  })

  it('are complete after the gateway was killed and started again, and so is the board', async () => {
    const receiver = await receiverForTest()
    const env = { PORT: `${await freePort()}`, DATABASE_URL: gateway.databaseUrl, DATA_DIR: gateway.dataDir }
    let other = await spawnGateway(env)
    onTestFinished(async () => void (await other.end('SIGTERM')))
    const { page, token, go } = await open('/console/deliveries', {}, other.url)
    const id = await create(gateway, token, { name: 'Survivor', ...listening(receiver.url) })
    await go()
    const board = await page.context().newPage()
    await openWith(board, token)
    await board.goto(new URL('/console/bots', other.url).href)
    await board.locator('tbody').getByText('Accepting chats').waitFor()
    await isLive(board)
    await page.getByText('No deliveries yet').waitFor()
    await isLive(page)
    await publish(gateway, token, ofChat('before'))
    await row(page, 'before').getByText('Delivered').waitFor()

    await other.end('SIGKILL')
    for (const each of [page, board]) await each.locator('[data-connection=reconnecting]').waitFor()
    for (let index = 0; index < 20; index++) await publish(gateway, token, ofChat(`away${index}`))
    for (const status of ['NOT_ACCEPTING_CHATS', 'ACCEPTING_CHATS', 'NOT_ACCEPTING_CHATS']) {
      await run(gateway, token, updateBotAgent, { input: { id, status } })
    }
    await create(gateway, token, { name: 'Newcomer' })
    other = await spawnGateway(env)
    const caughtUp = (each: Page) => each.locator('[data-connection]').getByText(/Live, caught up \d+/)
    await caughtUp(page).waitFor()
    await soon(() => page.locator('tbody tr').filter({ hasText: 'Delivered' }).count()).toBe(21)
    await page.getByText('21 deliveries').waitFor()

    await caughtUp(board).waitFor()
    await board.getByRole('link', { name: 'Newcomer' }).waitFor()
    await row(board, 'Survivor').getByText('Not accepting chats: updated').waitFor()
    // Narrower windows do not have the list.
    await board.setViewportSize({ width: 1440, height: 800 })
    const changes = board.getByRole('complementary', { name: 'Latest changes of status' })
    // None is missing, and none is there twice.
    await soon(() => changes.getByRole('listitem').filter({ hasText: 'Survivor' }).count()).toBe(3)
  })

  it('show attempts, request, signature, reasons and event of one, as it changes', async () => {
    const receiver = await receiverForTest()
    receiver.answer = (response) => response.writeHead(503, { 'x-reason': 'busy' }).end('{"sorry":true}')
    const { page, token, go } = await open('/console/deliveries')
    await create(gateway, token, { name: 'Sender', ...listening(receiver.url) })
    await publish(gateway, token, ofChat('one'))
    await go()
    await row(page, 'one').getByText('503').waitFor()
    await page.getByRole('link', { name: 'Incoming event' }).press('Enter')
    const drawer = page.getByRole('dialog')
    await drawer.getByText('The next attempt is in').waitFor()
    await drawer
      .getByText(/59:\d\d|1:\d\d:\d\d|\d\d:\d\d/)
      .first()
      .waitFor()
    await drawer.getByText('x-reason').waitFor()
    await drawer.getByText('"sorry": true').waitFor()
    await drawer.getByLabel('Where the time went').waitFor()
    expect(await seriousViolations(page)).toEqual([])
    expect(page.url()).toMatch(/delivery=dlv_/)

    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await drawer.getByRole('tab', { name: 'Request' }).click()
    await drawer.getByRole('button', { name: 'Copy as curl' }).click()
    const curl = await page.evaluate<string>('navigator.clipboard.readText()')
    expect(curl).toContain(`curl -X POST '${receiver.url}'`)
    expect(curl).toContain(`-H 'webhook-id: ${receiver.received[0]?.id}'`)
    expect(curl).toMatch(/--data-raw '\{.*"action":"incoming_event".*\}'$/)

    await drawer.getByLabel('Secret key of the receiver').fill('another')
    await drawer.getByRole('button', { name: 'Verify with this key' }).click()
    await drawer.getByText('The signature was made with another key').waitFor()
    await drawer.getByLabel('Secret key of the receiver').fill(SECRET)
    await drawer.getByRole('button', { name: 'Verify with this key' }).click()
    await drawer.getByText('The signature is valid').waitFor()
    await drawer.getByLabel('Secret key of the receiver').fill('')
    await drawer.getByRole('button', { name: 'Verify with the stored key' }).click()
    await drawer.getByText('The signature is valid').waitFor()
    expect(await seriousViolations(page)).toEqual([])

    await drawer.getByRole('tab', { name: 'Why it matched' }).click()
    await drawer.getByText('The action is INCOMING_EVENT.').waitFor()
    await drawer.getByRole('tab', { name: 'Event' }).click()
    await drawer.getByText('"text": "Hi"').waitFor()

    receiver.answer = (response) => response.end('thank you')
    await drawer.getByRole('button', { name: 'Replay' }).click()
    await drawer.getByText('Delivered').waitFor()
    await drawer.getByRole('tab', { name: 'Attempts 2' }).click()
    await drawer.getByText('Attempt 2', { exact: true }).waitFor()
    await page.setViewportSize({ width: 1024, height: 768 })
    await soon(() => widthOf(page)).toBe(1024)
    await page.setViewportSize({ width: 360, height: 740 })
    await soon(() => widthOf(page)).toBe(360)
    expect(await seriousViolations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await row(page, 'Sender').getByText('Delivered').waitFor()
    await soon(() => page.url()).not.toMatch(/delivery=/)
  })

  it('scroll through ten thousand, with few of them in the page, and the arrow keys go through them', async () => {
    const { page, licenseId, token, go } = await open('/console/deliveries')
    const id = await create(gateway, token, { name: 'Busy' })
    await addDeliveries(licenseId, id, 10_050)
    await go()
    await page.getByText('more than 10,000 deliveries').waitFor()
    const focused = () => page.evaluate<string>('document.activeElement.id')
    await page.getByRole('link', { name: 'Incoming event' }).first().focus()
    const first = await focused()
    await page.keyboard.press('ArrowDown')
    await soon(focused).not.toBe(first)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByText('It has not been sent yet.').waitFor()
    const opened = page.url()
    await page
      .getByRole('link', { name: 'Incoming event' })
      .first()
      .click({ position: { x: 5, y: 5 } })
    await soon(() => page.url()).not.toBe(opened)
    await page.getByRole('dialog').getByText('It has not been sent yet.').waitFor()
    const shown = new URL(page.url()).searchParams.get('delivery')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await soon(focused).toBe(shown)

    // In the page, as that is quicker: down to the end of what has been read, again and again.
    const most = await page.evaluate<number>(`new Promise((resolve) => {
      let most = 0
      const step = () => {
        most = Math.max(most, document.querySelectorAll('tbody tr').length)
        if (document.body.textContent.includes('These are all.')) return resolve(most)
        scrollTo(0, document.documentElement.scrollHeight)
        requestAnimationFrame(step)
      }
      step()
    })`)
    expect(most).toBeLessThan(70)
    expect(await page.locator('table').getAttribute('aria-rowcount')).toBe('10051')
  })

  it('that are held are replayed in bulk, and one sees them go', async () => {
    const receiver = await receiverForTest()
    receiver.answer = (response) => response.writeHead(410).end()
    const { page, token, go } = await open('/console/trouble')
    await go()
    await page.getByText('Everything arrives').waitFor()
    expect(await seriousViolations(page)).toEqual([])
    const id = await create(gateway, token, { name: 'Gone bot', ...listening(receiver.url) })
    await publish(gateway, token, ofChat('first'))
    await page.getByRole('listitem', { name: 'Gone bot' }).getByText('Disabled', { exact: true }).waitFor()
    for (let index = 0; index < 30; index++) await publish(gateway, token, ofChat(`held${index}`))
    await page.getByText('are disabled: enable them if it should get them again.').waitFor()
    const card = page.getByRole('listitem', { name: 'Gone bot' })
    await card.getByText(/3[01] held/).waitFor()
    await page.getByRole('list').getByText('Disabled', { exact: true }).last().waitFor()
    expect(await seriousViolations(page)).toEqual([])
    await page.setViewportSize({ width: 360, height: 740 })
    await soon(() => widthOf(page)).toBe(360)
    expect(await seriousViolations(page)).toEqual([])
    await page.setViewportSize({ width: 1280, height: 800 })

    receiver.answer = (response) => response.end('thank you')
    await card.getByRole('button', { name: 'Replay' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(/3[01] deliveries would be sent again/).waitFor()
    expect(await seriousViolations(page)).toEqual([])
    await dialog.getByRole('button', { name: /Replay 3/ }).click()
    await card.getByText(/All were sent again: 3[01] arrived/).waitFor()
    await card.getByText('Active', { exact: true }).waitFor()
    // 1 attempt failed before, of all.
    await card.getByText(/[23]\.\d% of the attempts of the last 24 hours have failed/).waitFor()
    const query = 'query ($id: ID!) { botAgent(id: $id) { webhookDeliveries(states: [HELD, FAILED]) { totalCount } } }'
    await soon(() => run(gateway, token, query, { id })).toEqual({ botAgent: { webhookDeliveries: { totalCount: 0 } } })
    await page.getByText('Everything arrives').waitFor()
    await card.getByRole('button', { name: 'Hide' }).click()
    await card.waitFor({ state: 'detached' })
  })
})

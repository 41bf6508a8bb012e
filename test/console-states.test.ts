import type { Locator, Page, Request, Route } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { create, updateBotAgent } from './support/bot-agents.ts'
import { describeInBrowser } from './support/browser.ts'
import { listening, publish } from './support/chat-events.ts'
import { run } from './support/client.ts'
import { addressesOf, goTo, openWith, seriousViolations, widthOf } from './support/console.ts'
import { newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { startReceiver } from './support/receiver.ts'

/** Which no delivery and no bot has. */
const NONE = { botAgentId: 'none', deliveryId: 'dlv_none' }
const NOWHERE = '/console/none'
/** Milliseconds after which a screen tries again by itself. */
const RETRIED_AFTER = 3_000
const readsNothing = [NOWHERE, '/console/try?do=chat']

let gateway: TestGateway
/** A license with a bot whose webhooks are disabled, and a delivery that is held for it. */
let busy: { token: string; botAgentId: string; deliveryId: string }
beforeAll(async () => {
  gateway = await startGateway()
  busy = await busyLicense()
})
afterAll(() => gateway.stop())

async function busyLicense(): Promise<typeof busy> {
  const receiver = await startReceiver()
  receiver.answer = (response) => response.writeHead(410).end()
  const token = await gateway.token({ licenseId: newLicense() })
  const botAgentId = await create(gateway, token, { name: 'A bot with a rather long name', ...listening(receiver.url) })
  await publish(gateway, token)
  const query = `query ($id: ID!) { botAgent(id: $id) { webhookDeliveries(states: [HELD]) { nodes { id } } } }`
  type Held = { botAgent: { webhookDeliveries: { nodes: { id: string }[] } } }
  for (;;) {
    const { botAgent } = await run<Held>(gateway, token, query, { id: botAgentId })
    const [held] = botAgent.webhookDeliveries.nodes
    if (!held) continue
    await receiver.stop()
    return { token, botAgentId, deliveryId: held.id }
  }
}

describeInBrowser('each screen of the console', { isInterrupted: true }, (newPage) => {
  /** Opens the console where it needs nothing of the gateway but who is signed in. */
  async function open(token: string, viewport = { width: 1280, height: 800 }): Promise<Page> {
    const page = await newPage(gateway.url)
    page.setDefaultTimeout(20_000)
    await page.setViewportSize(viewport)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await openWith(page, token)
    await page.goto(new URL(NOWHERE, gateway.url).href)
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    return page
  }

  it('says that the gateway can’t be reached, what went wrong, and that it is loading, and tries again by itself or when asked', async () => {
    const page = await open(busy.token)
    await page.clock.install()
    const alert = page.getByRole('alert').last()
    const isAway = alert.getByRole('heading', { name: 'The gateway can’t be reached' })
    let answer: ((route: Route) => unknown) | undefined
    await page.route(/\/(graphql|sign-in)$/, (route) => void (answer ? answer(route) : route.fallback()))
    /** The network, and what a proxy says while the gateway behind it is restarted. */
    const away = [
      (route: Route) => route.abort(),
      (route: Route) => route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad Gateway</h1>' }),
      (route: Route) => route.fulfill({ status: 503, json: { message: 'Service Unavailable' } }),
      (route: Route) => route.fulfill({ status: 504, body: '' }),
    ]
    const broken: [(route: Route) => unknown, Locator][] = [
      [
        (route) => route.fulfill({ status: 500, json: { errors: [{ message: 'It is broken.' }] } }),
        alert.getByText('It is broken.'),
      ],
      [
        (route) => route.fulfill({ status: 500, body: '<h1>Internal Server Error</h1>' }),
        alert.getByText('The answer has status 500, and is not one of the gateway.'),
      ],
    ]
    // While it signs in, too.
    for (answer of away.slice(1, 3)) {
      await page.reload()
      await isAway.waitFor()
      answer = undefined
      await page.clock.fastForward(RETRIED_AFTER)
      await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    }
    const addresses = addressesOf(busy).filter((address) => !readsNothing.includes(address))
    for (const [index, address] of addresses.entries()) {
      answer = away[index % away.length]
      await goTo(page, address, isAway)
      answer = undefined
      await page.clock.fastForward(RETRIED_AFTER)
      await alert.waitFor({ state: 'detached' })
    }
    for (const [index, address] of addresses.entries()) {
      const [answers, shown] = broken[index % broken.length] as (typeof broken)[number]
      answer = answers
      await goTo(page, address, shown)
      answer = undefined
      // The log behind an open delivery has a button of its own, which may be covered.
      const again = await page.getByRole('button', { name: 'Try again' }).all()
      for (const button of again.reverse()) await button.press('Enter')
      await alert.waitFor({ state: 'detached' })
    }
    answer = () => {}
    for (const address of addresses) {
      await goTo(page, address, page.getByRole('status', { name: /^Loading / }).last())
    }
    expect(await seriousViolations(page)).toEqual([])
  })

  it('keeps what it has read when it can’t be read again, and says so until it can', async () => {
    const page = await open(busy.token)
    await page.clock.install()
    let isBroken = false
    await page.route('**/graphql', (route) =>
      isBroken ? route.fulfill({ json: { errors: [{ message: 'Broken.' }] } }) : route.fallback(),
    )
    const name = 'A bot with a rather long name'
    const { botAgentId, token } = busy
    const go = (address: string) => () => goTo(page, address, page.locator('h1'))
    for (const [address, read, readAgain] of [
      ['/console/bots', name, go('/console/bots?status=OFFLINE')],
      ['/console/deliveries', name, go('/console/deliveries?state=PENDING')],
      ['/console/trouble', /^(Everything arrives|By bot)$/, go('/console/trouble?of=all')],
      [`/console/bots/${botAgentId}?tab=health`, 'Failures in a row', () => page.clock.fastForward(5_000)],
      [
        `/console/bots/${botAgentId}?tab=audit`,
        'Created',
        () => run(gateway, token, updateBotAgent, { input: { id: botAgentId, maxChatsCount: 7 } }),
      ],
    ] as const) {
      const kept = page.getByRole('main').getByText(read).first()
      const outdated = page.getByText('This may be out of date: Broken.')
      await goTo(page, address, kept)
      await page.locator('[data-connection=live]').waitFor({ state: 'attached' })
      isBroken = true
      await readAgain()
      await outdated.waitFor()
      expect([address, await kept.isVisible()]).toEqual([address, true])
      isBroken = false
      await page.getByRole('button', { name: 'Read again' }).click()
      await outdated.waitFor({ state: 'detached' })
    }
    expect(await seriousViolations(page)).toEqual([])
  })

  it('fails alone if its script can’t be loaded', async () => {
    const page = await newPage(gateway.url)
    await openWith(page, busy.token)
    await page.route(/assets\/try-screen/, (route) => route.abort())
    await page.goto(new URL('/console/try', gateway.url).href)
    await page.getByText('This screen could not be shown.').waitFor()
    await page.getByRole('link', { name: 'Trouble' }).click()
    await page.getByRole('heading', { name: 'Trouble', exact: true }).waitFor()
  })

  it('names the scope that is missing', async () => {
    const page = await open(await gateway.token({ licenseId: newLicense(), scopes: [] }))
    const refused = page.getByRole('heading', { name: 'Your access token does not allow this' }).last()
    const missing: Record<string, string | null> = {}
    for (const address of addressesOf(NONE)) {
      if (address === NOWHERE) continue
      await goTo(page, address, refused)
      missing[address] = await page.getByText('It lacks the scope').last().locator('code').textContent()
    }
    expect(missing).toEqual({
      '/console/bots': 'agents-bot--my:ro',
      '/console/bots/new': 'agents-bot--my:rw',
      '/console/bots/none': 'agents-bot--my:ro',
      '/console/bots/none?tab=health': 'agents-bot--my:ro',
      '/console/bots/none?tab=audit': 'agents-bot--my:ro',
      '/console/deliveries': 'agents-bot--my:ro',
      '/console/deliveries?delivery=dlv_none': 'agents-bot--my:ro',
      '/console/trouble': 'agents-bot--my:ro',
      '/console/try': 'agents-bot--my:rw',
      '/console/try?do=event': 'chats--all:rw',
      '/console/try?do=chat': 'chats--all:rw',
    })
    expect(await seriousViolations(page)).toEqual([])
  })

  it('says that there is nothing, and what there is to do about it', async () => {
    const page = await open(await gateway.token({ licenseId: newLicense() }))
    const said: Record<string, string> = {
      '/console/bots': 'There are no bots yet',
      '/console/bots?name=none': 'No bot matches',
      '/console/bots/new': 'Create',
      '/console/bots/none': 'There is no such bot',
      '/console/bots/none?tab=health': 'There is no such bot',
      '/console/bots/none?tab=audit': 'There is no such bot',
      '/console/deliveries': 'No deliveries yet',
      '/console/deliveries?chat=none': 'No delivery passes the filters',
      '/console/deliveries?delivery=dlv_none': 'There is no such delivery',
      '/console/trouble': 'Everything arrives',
      '/console/try': 'None of your bots has webhooks yet.',
      '/console/try?do=event': 'Nothing is published yet',
      '/console/try?do=chat': 'Nothing yet',
      [NOWHERE]: 'There is no such page',
    }
    for (const address of addressesOf(NONE)) expect(said).toHaveProperty([address])
    for (const [address, text] of Object.entries(said)) await goTo(page, address, page.getByText(text, { exact: true }))
    expect(await seriousViolations(page)).toEqual([])
  })

  it.each([
    { width: 1280, height: 800 },
    { width: 360, height: 740 },
  ])(
    'has nothing that axe-core calls serious in light or dark, fits, and does not jump as it loads: $width pixels',
    async ({ width, height }) => {
      const page = await open(busy.token, { width, height })
      const settled = settling(page)
      // What stands in the place of an answer is painted first.
      await page.route('**/graphql', async (route) => {
        await painted(page)
        await route.fallback()
      })
      await watchShifts(page)
      for (const address of addressesOf(busy)) {
        await goTo(page, address, page.locator('h1'))
        await settled()
        const { shift, moved } = await takeShifts(page)
        expect(shift, `${address}: ${moved}`).toBeLessThan(0.05)
        const found = { address, width: await widthOf(page), violations: await seriousViolations(page) }
        expect(found).toEqual({ address, width, violations: [] })
        await page.emulateMedia({ colorScheme: 'dark' })
        expect([address, await seriousViolations(page, ['color-contrast'])]).toEqual([address, []])
        await page.emulateMedia({ colorScheme: 'light' })
      }
    },
  )
})

const painted = (page: Page) =>
  page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')

/** @returns what waits until all that was asked for has been shown */
function settling(page: Page): () => Promise<void> {
  const open = new Set<Request>()
  page.on('request', (sent) => open.add(sent))
  page.on('requestfinished', (sent) => open.delete(sent))
  page.on('requestfailed', (sent) => open.delete(sent))
  return async () => {
    do {
      if (open.size > 0) await Promise.race([page.waitForEvent('requestfinished'), page.waitForEvent('requestfailed')])
      await painted(page)
    } while (open.size > 0)
  }
}

/** https://web.dev/articles/cls */
async function watchShifts(page: Page): Promise<void> {
  await page.evaluate(`
    globalThis.shifts = []
    new PerformanceObserver((list) => shifts.push(...list.getEntries())).observe({ type: 'layout-shift' })`)
}

/** How far things have moved since the last call, and which. */
function takeShifts(page: Page): Promise<{ shift: number; moved: string[] }> {
  return page.evaluate(`(() => {
    const entries = shifts.splice(0)
    return {
      shift: entries.reduce((sum, { value }) => sum + value, 0),
      moved: entries.flatMap(({ sources }) => sources.map(({ node }) => node?.outerHTML?.slice(0, 200))),
    }
  })()`)
}

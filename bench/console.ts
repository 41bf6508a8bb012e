import { type Browser, chromium, type Page } from 'playwright-core'
import { installed } from '../test/support/installed.ts'
import { benchmark } from './benchmark.ts'
import { openCaller } from './caller.ts'
import { connect } from './sessions.ts'
import { startSite } from './site.ts'
import { latencies } from './statistics.ts'
import { progress, table } from './table.ts'

const VIEWPORT = { width: 1280, height: 800 }
/** Pixels by which each frame of a scroll goes on, and the height of a row. */
const [PIXELS, ROW] = [100, 44]
/** Frames a second, at most. */
const FASTEST = 60

const CREATE = 'mutation { createBotAgent(input: { name: "Busy", status: OFFLINE }) { botAgent { id } } }'

/** The console in a Chromium on this machine, each time with nothing in its cache. */
export const consolePage = benchmark({
  measures: 'when the console is first painted, and how smoothly one scrolls through its deliveries',
  flags: { deliveries: 10_000, rounds: 5, seconds: 5 },
  onlyByName: true,
  async run({ deliveries, rounds, seconds }) {
    await using parts = new AsyncDisposableStack()
    const site = parts.use(await startSite())
    const databaseUrl = await site.createDatabase()
    const gateway = await site.startGateway({ databaseUrl })
    const caller = openCaller(gateway, 1)
    parts.defer(() => caller.close())
    const authorization = await site.authorization({ licenseId: 1, clientId: 'my-bots' })
    type Created = { createBotAgent: { botAgent: { id: string } } }
    const { createBotAgent } = await caller.call<Created>(authorization, CREATE, {})
    const client = parts.use(await connect(databaseUrl))
    await client.query(
      `insert into webhook_delivery (id, license_id, client_id, bot_agent_id, chat_id, action, state, url, additional_data, secret_key,
         last_status_code, created_at, finished_at)
       select 'dlv_' || lpad(to_hex((extract(epoch from time) * 1000)::bigint), 12, '0') || substr(md5(place::text), 1, 20), 1, 'my-bots', $1,
         'chat ' || place, 'INCOMING_EVENT', 'SUCCEEDED', 'https://example.com', '{}', '', 200, time, time
       from generate_series(1, $2::int) place
       cross join lateral (select now() - place * interval '1 s' as time) created`,
      [createBotAgent.botAgent.id, deliveries],
    )
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH || installed('chromium', 'chromium-headless-shell') || 'chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu'],
    })
    parts.defer(() => browser.close())

    const paints: Paint[] = []
    const frames: number[] = []
    const framesWithoutScript: number[] = []
    for (let round = 1; round <= rounds; round += 1) {
      progress(`round ${round} of ${rounds}`)
      paints.push(await paintOf(browser, new URL('/console', gateway.url).href))
      const page = await openLog(browser, new URL('/console/deliveries', gateway.url).href)
      frames.push(...(await framesOf(page, seconds)))
      await withoutScript(page, Math.ceil((seconds * FASTEST * PIXELS + VIEWPORT.height) / ROW))
      framesWithoutScript.push(...(await framesOf(page, seconds)))
      await page.close()
    }
    const paint = (what: string, of: (paint: Paint) => number) => [what, ...latencies(paints.map(of)).slice(0, 2)]
    table(
      `The console; ${rounds} rounds`,
      ['ms', 'p50', 'p95'],
      [
        paint('first paint', ({ first }) => first),
        paint('the bots are there', ({ complete }) => complete),
        [`a frame, scrolling through ${deliveries} deliveries`, ...latencies(frames).slice(0, 2)],
        [
          'a frame, scrolling through the same rows in a page without a script',
          ...latencies(framesWithoutScript).slice(0, 2),
        ],
      ],
    )
    process.stdout.write(`${perSecond(frames)} frames a second, ${perSecond(framesWithoutScript)} without a script\n`)
  },
})

interface Paint {
  readonly first: number
  /** When the board has been read. */
  readonly complete: number
}

async function paintOf(browser: Browser, url: string): Promise<Paint> {
  const page = await browser.newPage()
  await page.goto(url)
  await page.getByRole('link', { name: 'Busy' }).waitFor()
  const complete = await page.evaluate<number>('performance.now()')
  const first = await page.evaluate<number>(`new Promise((resolve) => {
    new PerformanceObserver((list) => {
      const [paint] = list.getEntriesByName('first-contentful-paint')
      if (paint) resolve(paint.startTime)
    }).observe({ type: 'paint', buffered: true })
  })`)
  await page.close()
  return { first, complete }
}

async function openLog(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: VIEWPORT })
  await page.goto(url)
  await page.locator('tbody tr').first().waitFor()
  return page
}

/** Puts a page in the place of the log that looks the same, with so many rows, all of which are in it from the beginning. */
async function withoutScript(page: Page, rows: number): Promise<void> {
  const html = await page.evaluate<string>(`(async () => {
    const sheets = [...document.querySelectorAll('link[rel=stylesheet]')]
    const styles = await Promise.all(sheets.map(async ({ href }) => (await fetch(href)).text()))
    const body = document.querySelector('tbody')
    const shown = [...body.children]
    const copies = Array.from({ length: ${rows} }, (_, index) => {
      const row = shown[index % shown.length].cloneNode(true)
      row.style.top = index * ${ROW} + 'px'
      return row
    })
    body.replaceChildren(...copies)
    body.style.height = ${rows * ROW} + 'px'
    for (const script of document.querySelectorAll('body script')) script.remove()
    return '<!doctype html><style>' + styles.join('\\n') + '</style>' + document.body.outerHTML
  })()`)
  await page.goto('about:blank')
  await page.setContent(html)
}

/** Milliseconds of each frame while somebody scrolls as fast as with a wheel. */
async function framesOf(page: Page, seconds: number): Promise<number[]> {
  return page.evaluate<number[]>(`new Promise((resolve) => {
    const frames = []
    const begun = performance.now()
    let last
    const step = (now) => {
      if (last !== undefined) frames.push(now - last)
      last = now
      scrollBy(0, ${PIXELS})
      if (now - begun < ${seconds * 1_000}) requestAnimationFrame(step)
      else resolve(frames)
    }
    requestAnimationFrame(step)
  })`)
}

function perSecond(frames: readonly number[]): string {
  return ((frames.length / frames.reduce((sum, frame) => sum + frame, 0)) * 1_000).toFixed(0)
}

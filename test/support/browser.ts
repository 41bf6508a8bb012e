import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest'
import { installed } from './installed.ts'

const executablePath =
  process.env.CHROMIUM_PATH ||
  installed('chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')

/** Polls, as a browser does not tell what it shows. */
export const soon = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 })

/**
 * Tests in a Chromium, each in a context of its own, which may reach nothing but the addresses that pages were asked for, and complain of nothing.
 * @param options.isInterrupted whether requests may fail, of which Chromium complains
 * @param define gets what opens an empty page that may reach the host of a URL
 */
export function describeInBrowser(
  title: string,
  { isInterrupted = false }: { isInterrupted?: boolean },
  define: (newPage: (...urls: string[]) => Promise<Page>) => void,
): void {
  describe.skipIf(!executablePath)(
    executablePath ? `${title}, in Chromium` : `${title}, in Chromium, SKIPPED: none is installed (set CHROMIUM_PATH)`,
    () => {
      let browser: Browser
      let context: BrowserContext
      const complaints: string[] = []
      const hosts = new Set<string>()
      const allowed = new Set<string>()

      beforeAll(async () => {
        browser = await chromium.launch({
          executablePath: executablePath ?? '',
          args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
        })
      })
      afterAll(() => browser?.close())

      beforeEach(async () => {
        context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
        context.on('request', (sent) => sent.url().startsWith('data:') || hosts.add(new URL(sent.url()).host))
        context.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
        context.on('weberror', (error) => complaints.push(error.error().message))
      })

      afterEach(async () => {
        await context.close()
        const isFailure = (complaint: string) => /^Failed to load resource: |^WebSocket connection to /.test(complaint)
        expect(complaints.splice(0).filter((complaint) => !(isInterrupted && isFailure(complaint)))).toEqual([])
        expect([...hosts].filter((host) => !allowed.has(host))).toEqual([])
      })

      define(async (...urls) => {
        for (const url of urls) allowed.add(new URL(url).host)
        return context.newPage()
      })
    },
  )
}

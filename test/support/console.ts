import axe from 'axe-core'
import type { Page } from 'playwright-core'

interface Violation {
  id: string
  impact: string | null
  nodes: { html: string; failureSummary?: string }[]
}

/** What axe-core finds on the page that is serious or worse. */
export async function seriousViolations(page: Page): Promise<string[]> {
  // What is still moving has other colours.
  await page.evaluate('Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})))')
  await page.evaluate(axe.source)
  const violations = await page.evaluate<Violation[]>('axe.run().then(({ violations }) => violations)')
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`))
}

/** What the page keeps in the browser. */
export function storedBy(page: Page): Promise<string> {
  return page.evaluate<string>('JSON.stringify({ ...localStorage, ...sessionStorage })')
}

/** Has the console of a gateway with the built-in SSO open with this token instead of one of its own. The next ones are its own. */
export async function openWith(page: Page, token: string): Promise<void> {
  let first = true
  page.on('request', (sent) => {
    if (sent.isNavigationRequest()) first = true
  })
  await page.route('**/console/sign-in', async (route) => {
    if (!first) return route.fallback()
    first = false
    const response = await route.fetch()
    await route.fulfill({ response, json: { ...(await response.json()), token } })
  })
}

export function widthOf(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth')
}

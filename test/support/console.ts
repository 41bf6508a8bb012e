import axe from 'axe-core'
import type { Locator, Page } from 'playwright-core'
import { parts, pathOf, paths, SHOWN } from '../../console/src/route/route.ts'

interface Violation {
  id: string
  impact: string | null
  nodes: { html: string; failureSummary?: string }[]
}

/** What axe-core finds on the page that is serious or worse. @param rules those to look for; by default all */
export async function seriousViolations(page: Page, rules?: readonly string[]): Promise<string[]> {
  // What is still moving has other colours. What moves forever, as skeletons do, is not waited for.
  await page.evaluate(`Promise.all(document.getAnimations()
    .filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity)
    .map((animation) => animation.finished.catch(() => {})))`)
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(axe.source)
  const violations = await page.evaluate<Violation[]>(
    `axe.run({ resultTypes: ['violations'], ...${JSON.stringify(rules ? { runOnly: rules } : {})} }).then(({ violations }) => violations)`,
  )
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

/** Whether it is within the window from top to bottom. */
export async function isInView(shown: Locator): Promise<boolean> {
  const box = await shown.boundingBox()
  const height = shown.page().viewportSize()?.height ?? 0
  return box !== null && box.y >= 0 && box.y + box.height <= height
}

export function widthOf(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth')
}

/** Every address of the console: each screen, each part of those that have parts, and a delivery beside the log. */
export function addressesOf({ botAgentId, deliveryId }: { botAgentId: string; deliveryId: string }): string[] {
  const screens = { ...paths, 'bot-agent': pathOf({ screen: 'bot-agent', id: botAgentId }), unknown: '/console/none' }
  const withParts: Readonly<Record<string, { parameter: string; names: readonly string[] }>> = parts
  const ofScreens = Object.entries(screens).flatMap(([screen, path]) => {
    const { parameter, names } = withParts[screen] ?? { parameter: '', names: [''] }
    return names.map((name, index) => (index === 0 ? path : `${path}?${parameter}=${name}`))
  })
  return [...ofScreens, `${paths.deliveries}?${SHOWN}=${deliveryId}`]
}

/** Goes to another address of the console as a link does, without a reload, and waits for what it shows there. */
export async function goTo(page: Page, address: string, shown: Locator): Promise<void> {
  await page.evaluate(
    `history.pushState(null, '', ${JSON.stringify(address)}); dispatchEvent(new PopStateEvent('popstate'))`,
  )
  await shown.waitFor().catch((cause: unknown) => {
    throw new Error(`Not at ${address}`, { cause })
  })
}

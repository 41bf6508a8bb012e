import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowser } from './support/browser.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

describeInBrowser('the console', {}, (newPage) => {
  it('opens signed in, and every screen opens', async () => {
    const page = await newPage(gateway.url)
    await page.goto(new URL('/', gateway.url).href)
    await page.getByRole('heading', { name: 'Bots' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/console')
    await page.getByText('my-bots').waitFor()
    for (const screen of ['Deliveries', 'Trouble', 'Try it']) {
      await page.getByRole('link', { name: screen }).click()
      await page.getByRole('heading', { name: screen }).waitFor()
    }
    await page.reload()
    await page.getByRole('heading', { name: 'Try it' }).waitFor()
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'GraphiQL' }).waitFor()
  })
})

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowser } from './support/browser.ts'
import { storedBy } from './support/console.ts'
import { freePort } from './support/free-port.ts'
import { gatewayForTest, startGateway, type TestGateway } from './support/gateway.ts'
import { type OpenIdProvider, startOpenIdProvider } from './support/openid-provider.ts'

let provider: OpenIdProvider
let gateway: TestGateway
beforeAll(async () => {
  const port = await freePort()
  const client = {
    client_secret: undefined,
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
  } as const
  provider = await startOpenIdProvider({
    clients: [
      { ...client, client_id: 'console', redirect_uris: [`http://127.0.0.1:${port}/console/signed-in`] },
      // Its redirects may go to any port of this machine, and it is asked for consent each time.
      {
        ...client,
        client_id: 'native',
        application_type: 'native',
        redirect_uris: ['http://127.0.0.1/console/signed-in'],
      },
    ],
  })
  gateway = await startGateway({
    env: { ...provider.env, PORT: `${port}`, CONSOLE_CLIENT_ID: 'console', OIDC_INTROSPECTION_PERIOD: '300ms' },
  })
})
afterAll(async () => {
  await gateway.stop()
  await provider.stop()
})

/** The pages of oidc-provider for development load some. */
const fonts = 'https://fonts.googleapis.com'

describeInBrowser('the console with an OpenID provider', { isInterrupted: true }, (newPage) => {
  const logIn = async (page: Page) => {
    await page.getByPlaceholder('Enter any login').fill('anna')
    await page.getByPlaceholder('and password').fill('any')
    await page.getByRole('button', { name: 'Sign-in' }).click()
    await page.getByRole('button', { name: 'Continue' }).click()
  }

  it('signs in by authorization code and PKCE, comes back to where one was, and says when the session has ended', async () => {
    const page = await newPage(gateway.url, provider.issuer, fonts)
    const tokens: string[] = []
    page.on('request', (sent) => {
      const { authorization } = sent.headers()
      if (authorization) tokens.push(authorization.replace('Bearer ', ''))
    })
    await page.goto(new URL('/console/trouble?of=all', gateway.url).href)
    await logIn(page)
    await page.getByRole('heading', { name: 'Trouble', exact: true }).waitFor()
    expect(page.url()).toBe(new URL('/console/trouble?of=all', gateway.url).href)
    await page.getByRole('button', { name: /console/ }).waitFor()
    const [token = ''] = tokens
    expect(token).not.toBe('')
    expect(await storedBy(page)).toBe('{}')

    await page.getByRole('link', { name: 'Bots', exact: true }).click()
    await page.locator('[data-connection=live]').waitFor({ state: 'attached' })
    const form = new URLSearchParams({ client_id: 'console', token })
    await fetch(`${provider.issuer}/token/revocation`, { method: 'POST', body: form })
    await page.getByRole('dialog', { name: 'Your session has ended' }).waitFor()
    await page.getByRole('button', { name: 'Keep reading' }).click()
    await page.getByRole('button', { name: 'Sign in again' }).click()
    await page.locator('[data-connection=live]').waitFor({ state: 'attached' })
    expect(new URL(page.url()).pathname).toBe('/console/bots')

    await page.getByRole('button', { name: /console/ }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('Do you want to sign-out').waitFor()
    expect(page.url()).toBe(`${provider.issuer}/session/end?client_id=console`)
  })

  it('says what the provider answers if it does not sign in', async () => {
    const page = await newPage(gateway.url, provider.issuer, fonts)
    const metadata = `${provider.issuer}/.well-known/**`
    await page.route(metadata, (route) => route.abort())
    await page.goto(new URL('/console', gateway.url).href)
    await page.getByText('The OpenID provider can’t be reached').waitFor()
    await page.unroute(metadata)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('link', { name: /Cancel/ }).click()
    await page.getByText('End-User aborted interaction').waitFor()
    await page.getByRole('button', { name: 'Sign in' }).click()
    await logIn(page)
    await page.getByRole('heading', { name: 'Bots', exact: true }).waitFor()
  })

  it('takes no answer but the one to its own question, and leaves none in the address', async () => {
    const page = await newPage(gateway.url, provider.issuer, fonts)
    const goBack = (answer: Record<string, string>) =>
      page.goto(new URL(`/console/signed-in?${new URLSearchParams(answer)}`, gateway.url).href)
    const isRefused = async (reason: string | RegExp) => {
      await page.getByText(reason).waitFor()
      expect([reason, new URL(page.url()).search, await storedBy(page)]).toEqual([reason, '', '{}'])
    }
    /** @returns the state that the console sends along */
    const ask = async (go: () => Promise<unknown>) => {
      const asked = page.waitForRequest((sent) => sent.url().startsWith(`${provider.issuer}/auth?`))
      await go()
      const state = new URL((await asked).url()).searchParams.get('state') ?? ''
      await page.getByPlaceholder('Enter any login').waitFor()
      return state
    }
    const again = () => page.getByRole('button', { name: 'Sign in' }).click()
    const { issuer: iss } = provider
    await goBack({ code: 'of-another', state: 'x', iss })
    await isRefused('This sign-in was not begun in this tab.')
    await ask(again)
    await goBack({ code: 'of-another', state: 'x', iss })
    await isRefused(/"state"/)
    await goBack({ code: 'of-another', state: await ask(again), iss: 'https://evil.example' })
    await isRefused(/"iss"/)
    const requests = provider.asked.get('/token') ?? 0
    await goBack({ code: 'of-another', state: await ask(again), iss })
    await isRefused('grant request is invalid')
    // Only the last one got so far.
    expect(provider.asked.get('/token')).toBe(requests + 1)
  })

  it('renews a token without asking while nobody looks at the page, unless something is not saved', async () => {
    const page = await newPage(gateway.url, provider.issuer, fonts)
    const visits: string[] = []
    page.on('request', (sent) => {
      if (sent.url().includes('prompt=none')) visits.push(sent.url())
    })
    await page.clock.install()
    await page.goto(new URL('/console/bots/new', gateway.url).href)
    await logIn(page)
    await page.getByLabel('Name', { exact: true }).fill('Half a bot')
    // What a render leaves for after the paint is done by timers of this clock as well.
    await page.clock.runFor(500)
    await page.evaluate(`Object.defineProperty(document, 'hidden', { value: true })`)
    await page.clock.fastForward(530_000)
    await page.clock.fastForward(15_000)
    expect(visits).toEqual([])

    await page.getByLabel('Name', { exact: true }).fill('')
    await page.getByRole('link', { name: 'Trouble' }).click()
    await page.getByRole('heading', { name: 'Trouble', exact: true }).waitFor()
    const renewed = page.waitForResponse((response) => response.url() === `${provider.issuer}/token`)
    await page.clock.fastForward(15_000)
    expect((await renewed).status()).toBe(200)
    expect(visits).toHaveLength(1)
    await page.locator('[data-connection=live]').waitFor({ state: 'attached' })
    expect(new URL(page.url()).pathname).toBe('/console/trouble')
    expect(await storedBy(page)).toBe('{}')
  })

  it('renews a token before it ends, if the provider gives a refresh token, even if it has trouble for a moment, and offers what the next one allows', async () => {
    const scope = 'openid offline_access agents-bot--my:ro agents-bot--my:rw agents-bot--all:ro'
    const other = await gatewayForTest({
      env: { ...provider.env, CONSOLE_CLIENT_ID: 'native', CONSOLE_SCOPE: scope, OIDC_INTROSPECTION_PERIOD: '300ms' },
    })
    // From now on, access tokens live for so long.
    await provider.token({ expiresIn: 4 })
    const page = await newPage(other.url, provider.issuer, fonts)
    await page.goto(new URL('/console/bots?of=all', other.url).href)
    const nextTokens = () => page.waitForResponse((response) => response.url() === `${provider.issuer}/token`)
    const first = nextTokens()
    await logIn(page)
    expect((await first).status()).toBe(200)
    provider.answerAt('/token', (_request, response) => {
      response.writeHead(503, { 'access-control-allow-origin': '*' }).end('Come back later.')
    })
    await page.getByRole('link', { name: 'New bot' }).first().waitFor()
    await page.getByLabel('All', { exact: true }).waitFor()
    expect((await nextTokens()).status()).toBe(503)
    await page.getByRole('link', { name: 'New bot' }).first().click()
    await page.getByLabel('Name', { exact: true }).fill('Typed before')

    provider.answerAt('/token', undefined)
    // As if the provider had decided so: RFC 6749, section 6.
    await page.route(`${provider.issuer}/token`, (route) =>
      route.continue({ postData: `${route.request().postData()}&scope=openid+agents-bot--my:ro` }),
    )
    const narrowed = await nextTokens()
    expect([narrowed.status(), narrowed.request().postData()]).toEqual([200, expect.stringContaining('refresh_token')])
    await page.getByText('To create bots').waitFor()
    expect(await page.getByRole('button', { name: 'Create' }).isDisabled()).toBe(true)
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Typed before')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Leave' }).click()
    await page.getByText('To see the bots of all applications').waitFor()
    expect(await page.getByRole('link', { name: 'New bot' }).count()).toBe(0)
    await page.locator('[data-connection=live]').waitFor({ state: 'attached' })

    await page.unroute(`${provider.issuer}/token`)
    await page.getByText('To create bots').waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'New bot' }).first().waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(await storedBy(page)).toBe('{}')
    await provider.token()
  })
})

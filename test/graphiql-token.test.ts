import { afterAll, beforeAll, expect, it } from 'vitest'
import { soon } from './support/browser.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { describeInChromium, type GraphiQL } from './support/graphiql.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const header = (token: string) => JSON.stringify({ Authorization: `Bearer ${token}` })

describeInChromium('the token of GraphiQL', { isInterrupted: true }, (open) => {
  it('is shown with its owner, and never kept in the browser', async () => {
    const graphiql = await open(gateway.url)
    await soon(graphiql.caller).toMatch(/^my-bots · license 1 · \d+ scopes · until .+ · token of this page/)
    await graphiql.run()
    expect(await graphiql.stored()).not.toMatch(/Bearer|eyJ/)
  })

  it('that was put in is used in all tabs and after a reload, until the one of the page is wanted back', async () => {
    const graphiql = await open(gateway.url)
    const own = await graphiql.read('request-headers.json')
    const mine = header(await gateway.token({ clientId: 'mine', licenseId: 7 }))
    await graphiql.write('request-headers.json', mine)
    await soon(graphiql.caller).toMatch(/^mine · license 7 · .+ · your token, from Headers$/)
    await graphiql.open('List')
    expect(await graphiql.run()).toMatchObject({ data: { botAgents: { totalCount: 0 } } })
    expect(await graphiql.read('request-headers.json')).toBe(mine)

    await graphiql.reload()
    expect(await graphiql.read('request-headers.json')).toBe(mine)
    await soon(graphiql.caller).toContain('mine · license 7')
    await graphiql.open('Viewer')
    expect(await graphiql.run()).toMatchObject({ data: { viewer: { clientId: 'mine', licenseId: 7 } } })

    await graphiql.page.click('#caller button')
    await soon(graphiql.caller).toContain('my-bots · license 1')
    expect(await graphiql.read('request-headers.json')).toMatch(/Bearer eyJ/)
    expect(await graphiql.read('request-headers.json')).not.toBe(own)
    expect(await graphiql.stored()).not.toContain('Bearer')
  })

  it('is renewed by itself when it is revoked, and streams go on', async () => {
    const graphiql = await open(gateway.url)
    await graphiql.open('Status')
    await graphiql.subscribe()
    const first = await graphiql.read('request-headers.json')
    await revoke(first)
    await soon(graphiql.answer).toMatchObject({ stream: expect.stringMatching(/^listening again since/) })
    expect(await graphiql.read('request-headers.json')).not.toBe(first)
    await graphiql.open('Viewer')
    expect(await graphiql.run()).toMatchObject({ data: { viewer: { clientId: 'my-bots' } } })
  })

  it('is renewed by itself when it expires, also for an operation that is run then', async () => {
    const token = await gateway.token({ expiresIn: 2 })
    const graphiql = await open(gateway.url, { token })
    await soon(() => expiryOf(graphiql)).toBeGreaterThan(Date.now() + 3_600_000)
    const used = await graphiql.read('request-headers.json')
    await revoke(used)
    expect(await graphiql.run()).toMatchObject({ data: { viewer: { clientId: 'my-bots' } } })
    expect(await graphiql.read('request-headers.json')).not.toBe(used)
  })

  it('that has ended or is of another gateway says what to do', async () => {
    const graphiql = await open(gateway.url)
    const whatToDo = /Put a valid access token into Headers.+or press "Use the token of this page" at the bottom/
    for (const [token, reason] of [
      [await gateway.token({ expiresIn: -60 }), 'The access token has expired.'],
      ['nonsense', 'The access token'],
    ] as const) {
      await graphiql.write('request-headers.json', header(token))
      await soon(graphiql.caller).toContain(reason)
      expect(await graphiql.caller()).toMatch(whatToDo)
      expect(await graphiql.run()).toMatchObject({
        page: expect.stringMatching(whatToDo),
        errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
      })
    }
  })
})

function revoke(headers: string): Promise<Response> {
  const { Authorization } = JSON.parse(headers)
  const body = new URLSearchParams({ token: Authorization.replace('Bearer ', '') })
  return fetch(new URL('/oauth/revoke', gateway.url), { method: 'POST', body })
}

/** @returns when the token in Headers expires, in milliseconds */
async function expiryOf(graphiql: GraphiQL): Promise<number> {
  const [, payload = ''] = (await graphiql.read('request-headers.json')).split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()).exp * 1_000
}

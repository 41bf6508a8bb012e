import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createBotAgent } from './support/bot-agents.ts'
import { request, webSocketClient } from './support/client.ts'
import { gatewayForTest, startGateway, type TestGateway } from './support/gateway.ts'
import { type OpenIdProvider, startOpenIdProvider } from './support/openid-provider.ts'

let provider: OpenIdProvider
let gateway: TestGateway
beforeAll(async () => {
  provider = await startOpenIdProvider()
  const { WEBHOOK_ALLOWED_NETWORKS: _, ...env } = provider.env
  gateway = await startGateway({ env })
})
afterAll(async () => {
  await gateway.stop()
  await provider.stop()
})

const page = (at: TestGateway) => fetch(at.url, { headers: { accept: 'text/html' } })

/** The message of an operation’s first error, over HTTP and over WebSocket. */
async function errorsOf(at: TestGateway, token: string, query: string, variables?: Record<string, unknown>) {
  const { errors } = await request(at.url, token, query, variables)
  const client = webSocketClient(at.url, token)
  onTestFinished(() => client.dispose())
  const overSocket = await new Promise<unknown>((resolve) => {
    client.subscribe(
      { query, ...(variables && { variables }) },
      { next: ({ errors }) => resolve(errors), error: resolve, complete: () => resolve(undefined) },
    )
  })
  return [errors?.[0]?.message, (overSocket as { message: string }[] | undefined)?.[0]?.message]
}

describe('a gateway with an OpenID provider', () => {
  it('does not reveal its schema, or names in it, on any transport', async () => {
    const token = await provider.token()
    const wrong: [query: string, variables?: Record<string, unknown>][] = [
      ['{ __schema { types { name } } }'],
      ['{ __type(name: "BotAgent") { name } }'],
      ['{ viewerr { clientId } }'],
      ['{ viewer { clientIdd } }'],
      ['{ botAgents(al: true) { totalCount } }'],
      ['mutation { createBotAgent(input: { name: "x", status: OFFLIN }) { botAgent { id } } }'],
      [createBotAgent, { input: { name: 'x', status: 'OFFLIN' } }],
      [createBotAgent, { input: { nam: 'x', status: 'OFFLINE' } }],
    ]
    for (const [query, variables] of wrong) {
      for (const message of await errorsOf(gateway, token, query, variables)) {
        expect(message).toEqual(expect.any(String))
        expect(message).not.toMatch(/did you mean/i)
      }
    }
    expect((await request(gateway.url, token, '{ __typename viewer { __typename } }')).errors).toBeUndefined()
  })

  it('has no GraphiQL, creates no keys of its own, and refuses tokens of the built-in SSO', async () => {
    expect(await (await page(gateway)).text()).not.toContain('<html')
    expect(await readdir(gateway.dataDir)).toEqual([])
    const { errors } = await request(gateway.url, await gateway.token(), '{ viewer { clientId } }')
    expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
  })

  it('sends no webhooks to its own machine', async () => {
    const webhooks = { url: 'http://127.0.0.1:9', secretKey: 's', actions: [{ name: 'THREAD_CLOSED' }] }
    const input = { name: 'x', status: 'OFFLINE', webhooks }
    const { data } = await request(gateway.url, await provider.token(), createBotAgent, { input })
    expect(data).toMatchObject({
      createBotAgent: { userErrors: [{ message: expect.stringContaining('public address') }] },
    })
  })

  it('has GraphiQL and introspection if the settings say so; GraphiQL then opens without a token', async () => {
    const open = await gatewayForTest({ env: { ...provider.env, GRAPHIQL: 'on', INTROSPECTION: 'on' } })
    const response = await page(open)
    expect(response.status).toBe(200)
    expect(await response.text()).not.toMatch(/"token":|eyJ/)
    const token = await provider.token()
    expect((await request(open.url, token, '{ __schema { queryType { name } } }')).errors).toBeUndefined()
    const [message] = await errorsOf(open, token, '{ viewerr { clientId } }')
    expect(message).toMatch(/did you mean/i)
  })

  it('gets no token from `npm run token`, which says why', async () => {
    const command = join(import.meta.dirname, '../src/commands/token-command.ts')
    const env = { ...process.env, ...provider.env }
    const error = await promisify(execFile)(process.execPath, [command, '--client-id', 'x', '--license', '1'], {
      env,
    }).catch((reason) => reason)
    expect(error).toMatchObject({ code: 2, stdout: '' })
    expect(error.stderr).toContain(`OIDC_ISSUER is set: tokens are issued by ${provider.issuer}`)
  })
})

import { once } from 'node:events'
import { type Client, createClient } from 'graphql-ws'
import { startGateway } from './sso-gateway.ts'
import { startProvider } from './sso-provider.ts'

/** Shows what happens to a bot agent when its token is revoked, with an OpenID provider that anybody can run. */

const say = (text: string) => process.stdout.write(`${text}\n`)
// oidc-provider warns that it keeps its data only in memory, which is intended here.
console.warn = () => {}
console.info = () => {}

const stopAsked = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopAsked.abort())
const parts = new AsyncDisposableStack()
try {
  const stopped = once(stopAsked.signal, 'abort').then(() => 'Stopped.')
  say(`\n${await Promise.race([show(), stopped])} Cleaning up …`)
} catch (error) {
  process.stderr.write(`The demo failed: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
} finally {
  await parts.disposeAsync()
}

async function show(): Promise<string> {
  const provider = await startProvider()
  parts.defer(() => provider.stop())
  say(`1. An OpenID provider runs at ${provider.issuer}: oidc-provider, from npm.`)

  const starting = startGateway(provider.settings)
  parts.defer(async () => (await starting.catch(() => undefined))?.stop())
  const { url } = await starting
  say(`2. A gateway that accepts its tokens runs at ${url}, with these settings:`)
  for (const [name, value] of Object.entries(provider.settings)) {
    say(`     ${name}=${name.endsWith('SECRET') ? '…' : value}`)
  }

  const [tokenA, tokenB] = [await provider.token(), await provider.token()]
  say(
    '3. The provider has issued two access tokens to the application my-bots: A for its bot agent, and B to watch it.',
  )
  const [a, b] = [connect(url, tokenA), connect(url, tokenB)]
  await ask(a.client, '{ viewer { clientId } }')
  const changes = b.client.iterate<{ botAgentStatusChanged: Change }>({
    query: 'subscription { botAgentStatusChanged { status previousStatus reason } }',
  })
  const first = changes.next()
  await ask(b.client, '{ viewer { clientId } }') // when this is answered, the subscription has begun
  const tell = async (next = changes.next()) => {
    const { botAgentStatusChanged: change } = (await next).value.data as { botAgentStatusChanged: Change }
    say(`     B sees: ${change.previousStatus ?? 'no bot agent'} → ${change.status}, reason ${change.reason}`)
  }

  say('4. A bot agent is created with A. It is logged in and accepts chats.')
  await ask(
    a.client,
    'mutation { createBotAgent(input: { name: "Demo", status: ACCEPTING_CHATS }) { botAgent { id } } }',
  )
  await tell(first)

  say('5. A is revoked at the provider. The gateway introspects A every few seconds …')
  await provider.revoke(tokenA)
  await tell()
  const { code, reason } = await a.closed
  say(`     The socket of A is closed with ${code}: ${reason}.`)

  const { errors } = await post(url, tokenA, '{ viewer { clientId } }')
  say(`6. A request with A now gets the error: ${errors?.[0]?.message}`)
  return 'Done.'
}

interface Change {
  status: string
  previousStatus: string | null
  reason: string
}

function connect(url: string, token: string): { client: Client; closed: Promise<CloseEvent> } {
  const { promise: closed, resolve } = Promise.withResolvers<CloseEvent>()
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: { Authorization: `Bearer ${token}` },
    lazy: false,
    retryAttempts: 0,
    onNonLazyError: () => {},
    on: { closed: (event) => resolve(event as CloseEvent) },
  })
  parts.defer(async () => client.dispose())
  return { client, closed }
}

/** @throws the first error of the response */
async function ask(client: Client, query: string): Promise<void> {
  for await (const { errors } of client.iterate({ query })) if (errors?.[0]) throw errors[0]
}

async function post(url: string, token: string, query: string): Promise<{ errors?: { message: string }[] }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  })
  return (await response.json()) as { errors?: { message: string }[] }
}

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { createPersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { fetchExchange, subscriptionExchange, Client as UrqlClient } from '@urql/core'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import { create } from './support/bot-agents.ts'
import { type Result, webSocketClient } from './support/client.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { installed } from './support/installed.ts'

// The clients of our users must work with their default settings.

const run = promisify(execFile)
const [java, compiler, curl] = [installed('java'), installed('javac'), installed('curl')]
const features = curl ? (await run(curl, ['--version'])).stdout : ''

let gateway: TestGateway
let token: string
beforeAll(async () => {
  gateway = await startGateway()
  token = await gateway.token()
})
afterAll(() => gateway.stop())

const query = '{ viewer { clientId } }'
const answer = { viewer: { clientId: 'my-bots' } }

/** Skips the test, with a note, if the program is not installed. */
function itWith(program: string, isThere: boolean, name: string, test: () => Promise<void>): void {
  it.skipIf(!isThere)(isThere ? name : `${name}, SKIPPED: there is no ${program}`, test)
}

describe('a client that offers to upgrade to HTTP/2 gets a response over HTTP/1.1:', () => {
  itWith('JDK', Boolean(java && compiler), 'HttpClient of Java', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-java-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const source = join(folder, 'Query.java')
    await writeFile(
      source,
      `import java.net.URI;
      import java.net.http.*;

      class Query {
        public static void main(String[] args) throws Exception {
          var request = HttpRequest.newBuilder(URI.create(args[0]))
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer " + args[1])
            .POST(HttpRequest.BodyPublishers.ofString("{\\"query\\":\\"${query}\\"}"))
            .build();
          var response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
          System.out.print(response.statusCode() + " " + response.version() + " " + response.body());
        }
      }`,
    )
    const { stdout } = await run(java ?? '', [source, gateway.url, token])
    expect(stdout).toBe(`200 HTTP_1_1 ${JSON.stringify({ data: answer })}`)
  })

  itWith('curl with HTTP/2', features.includes('HTTP2'), 'curl --http2', async () => {
    const headers = ['-H', `Authorization: Bearer ${token}`, '-H', 'Content-Type: application/json']
    const { stdout } = await run(curl ?? '', [
      ...['--silent', '--http2', '--max-time', '20', '--write-out', ' %{http_code} %{http_version}'],
      ...[gateway.url, ...headers, '--data', JSON.stringify({ query })],
    ])
    expect(stdout).toBe(`${JSON.stringify({ data: answer })} 200 1.1`)
  })
})

describe('Apollo Client', () => {
  /** Its requests and the responses. */
  const exchanges: { sent: Record<string, unknown>; status: number; got: Result }[] = []
  const recorded: typeof fetch = async (url, options) => {
    const response = await fetch(url, options)
    const text = await response.clone().text()
    const sent = JSON.parse(String(options?.body))
    exchanges.push({ sent, status: response.status, got: text === '' ? {} : JSON.parse(text) })
    return response
  }
  const http = () => new HttpLink({ uri: gateway.url, headers: { authorization: `Bearer ${token}` }, fetch: recorded })
  const clientWith = (link: ApolloLink) => {
    exchanges.length = 0
    const client = new ApolloClient({ link, cache: new InMemoryCache() })
    onTestFinished(() => client.stop())
    return client
  }

  it('gets the response to a query', async () => {
    const { data } = await clientWith(http()).query({ query: gql(query) })
    expect(data).toMatchObject(answer)
  })

  it('falls back from persisted queries, for the first query and permanently', async () => {
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
    const client = clientWith(ApolloLink.from([createPersistedQueryLink({ sha256 }), http()]))
    expect((await client.query({ query: gql(query) })).data).toMatchObject(answer)
    expect((await client.query({ query: gql('{ viewer { licenseId } }') })).data).toMatchObject({
      viewer: { licenseId: 1 },
    })
    expect(exchanges.map(({ sent }) => 'query' in sent)).toEqual([false, true, true])
    expect(exchanges[0]?.got.errors).toMatchObject([
      { message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } },
    ])
  })

  it('is told how to subscribe without HttpLink', async () => {
    const client = clientWith(http())
    const subscription = gql('subscription { botAgentStatusChanged { cursor } }')
    const error = await new Promise<unknown>((resolve, reject) => {
      client.subscribe({ query: subscription }).subscribe({
        next: ({ error, data }) => (error ? resolve(error) : reject(new Error(`It got ${JSON.stringify(data)}`))),
        error: resolve,
        complete: () => reject(new Error('It ended without a word')),
      })
    })
    const { message, bodyText = '' } = error as { message: string; bodyText?: string }
    expect(message + bodyText).toMatch(/text\/event-stream/)
    expect(message + bodyText).toMatch(/graphql-transport-ws/)
    expect(exchanges).toMatchObject([{ status: 406, got: { errors: [{ extensions: { code: expect.any(String) } }] } }])
  })
})

it('a client that accepts only multipart subscriptions is refused with 406, and told what to use instead', async () => {
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'multipart/mixed;subscriptionSpec=1.0',
    },
    body: JSON.stringify({ query: 'subscription { botAgentStatusChanged { cursor } }' }),
  })
  expect(response.status).toBe(406)
  const { errors } = (await response.json()) as Result
  expect(errors?.[0]?.message).toMatch(/text\/event-stream/)
  expect(errors?.[0]?.message).toMatch(/graphql-transport-ws/)
  expect(errors?.[0]?.extensions?.code).toEqual(expect.any(String))
})

describe('urql', () => {
  const clientOf = () => {
    const sockets = webSocketClient(gateway.url, token)
    onTestFinished(() => void sockets.dispose())
    const client = new UrqlClient({
      url: gateway.url,
      fetchOptions: { headers: { authorization: `Bearer ${token}` } },
      exchanges: [
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: ({ query = '', variables }) => ({
            subscribe: (sink) => ({
              unsubscribe: sockets.subscribe(
                { query, variables: variables as Record<string, unknown> },
                { ...sink, next: (result) => sink.next(result as never) },
              ),
            }),
          }),
        }),
      ],
    })
    return { client, sockets }
  }

  it('gets the response to a query', async () => {
    const { data, error } = await clientOf().client.query(query, {}).toPromise()
    expect({ data, error }).toMatchObject({ data: answer, error: undefined })
  })

  it('subscribes over graphql-ws', async () => {
    const { client, sockets } = clientOf()
    const heard = new Promise<unknown>((resolve) => {
      const { unsubscribe } = client
        .subscription('subscription { botAgentStatusChanged { botAgentId } }', {})
        .subscribe(resolve)
      onTestFinished(unsubscribe)
    })
    // The response comes after the gateway has subscribed.
    for await (const _ of sockets.iterate({ query }));
    const botAgentId = await create(gateway, token)
    expect(await heard).toMatchObject({ data: { botAgentStatusChanged: { botAgentId } } })
  })
})

describe('graphql-ws can send the token', () => {
  /** A client that sends these headers with its upgrade, which browsers cannot do. */
  const socketsWith = (headers: IncomingHttpHeaders) =>
    class extends WebSocket {
      constructor(url: string, protocols: string[], options?: ClientOptions) {
        super(url, protocols, { ...options, headers: headers as Record<string, string> })
      }
    }

  const ways: [name: string, where: (bearer: string) => { params?: Record<string, unknown>; headers?: object }][] = [
    ['as Authorization', (bearer) => ({ params: { Authorization: bearer } })],
    ['as authorization', (bearer) => ({ params: { authorization: bearer } })],
    ['as headers.Authorization', (bearer) => ({ params: { headers: { Authorization: bearer } } })],
    ['as authToken', (bearer) => ({ params: { authToken: bearer.replace('Bearer ', '') } })],
    ['in a header of the upgrade', (bearer) => ({ headers: { authorization: bearer } })],
  ]
  it.each(ways)('%s', async (_name, where) => {
    const { params, headers = {} } = where(`Bearer ${token}`)
    const client = createClient({
      url: gateway.url.replace(/^http/, 'ws'),
      webSocketImpl: socketsWith(headers as IncomingHttpHeaders),
      retryAttempts: 0,
      ...(params && { connectionParams: params }),
    })
    onTestFinished(() => void client.dispose())
    const { value } = await client.iterate({ query }).next()
    expect(value).toEqual({ data: answer })
  })
})

it('a client of subscriptions-transport-ws is told what to use instead', async () => {
  // The package is deprecated, so the test does what it does: it sends this message first, and reports a `connection_error`.
  const socket = new WebSocket(gateway.url.replace(/^http/, 'ws'), 'graphql-ws')
  const messages: unknown[] = []
  socket.on('message', (data) => messages.push(JSON.parse(String(data))))
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } }))
  const code = await closed
  expect(messages).toEqual([
    { type: 'connection_error', payload: { message: expect.stringContaining('graphql-transport-ws') } },
  ])
  expect(code).toBe(4406)
})

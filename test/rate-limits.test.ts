import { createClient as createSseClient } from 'graphql-sse'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createBotAgent, create as createOne } from './support/bot-agents.ts'
import { type Answer, type Result, request, webSocketClient } from './support/client.ts'
import { gatewayForTest, startGateway, type TestGateway } from './support/gateway.ts'
import { AUDIENCE, startOpenIdProvider } from './support/openid-provider.ts'

const gatewayWith = (env: Record<string, string>) => gatewayForTest({ env })

const list = '{ botAgents(first: 100) { nodes { id } } }'
const codesOf = ({ errors }: Result) => errors?.map(({ extensions }) => extensions?.code)

/** Sends one request after another until one is refused. */
async function untilLimited(ask: () => Promise<Answer>): Promise<{ passed: number; refused: Answer }> {
  for (let passed = 0; passed < 1_000; passed++) {
    const answer = await ask()
    if (answer.errors) return { passed, refused: answer }
  }
  throw new Error('Nothing was ever refused')
}

describe('rate limits', () => {
  it('do not apply in development', async () => {
    const gateway = await gatewayWith({})
    const token = await gateway.token()
    const answers = await Promise.all(Array.from({ length: 60 }, () => request(gateway.url, token, list)))
    expect(answers.flatMap((answer) => answer.errors ?? [])).toEqual([])
  })

  it('count the values that the queries of a token request, on every transport', async () => {
    const gateway = await gatewayWith({ RATE_LIMIT_QUERY_COST: '1000' })
    const [token, other] = [await gateway.token(), await gateway.token()]
    const { passed, refused } = await untilLimited(() => request(gateway.url, token, list))
    expect(passed).toBeGreaterThan(2)
    expect(passed).toBeLessThan(10)
    expect(refused).toMatchObject({
      status: 429,
      errors: [
        {
          message: expect.stringMatching(
            /^One access token is limited to 1000 query values per minute.* Try again in \d+ s\.$/,
          ),
          extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) },
        },
      ],
    })
    const retryAfter = Number(refused.errors?.[0]?.extensions?.retryAfter)
    expect(retryAfter).toBeGreaterThan(0)
    expect(retryAfter).toBeLessThanOrEqual(60)
    expect(refused.headers.get('retry-after')).toBe(String(retryAfter))
    expect(refused.errors?.[0]?.extensions).not.toHaveProperty('http')

    const socket = webSocketClient(gateway.url, token)
    onTestFinished(() => void socket.dispose())
    for (const query of [list, 'subscription { botAgentStatusChanged { cursor } }', 'mutation { __typename }']) {
      const { value } = await socket.iterate({ query }).next()
      expect([query, codesOf(value ?? {})]).toEqual([query, ['RATE_LIMITED']])
    }
    const sse = createSseClient({ url: gateway.url, headers: { authorization: `Bearer ${token}` }, retryAttempts: 0 })
    const first = sse.iterate({ query: 'subscription { botAgentStatusChanged { cursor } }' }).next()
    await expect(first).rejects.toMatchObject({ response: { status: 429 } })

    expect((await request(gateway.url, other, list)).status).toBe(200)
  })

  it('refuse with status 429 even if the client accepts application/json by name', async () => {
    const gateway = await gatewayWith({ RATE_LIMIT_MUTATIONS: '1' })
    const token = await gateway.token()
    await createOne(gateway, token)
    const headers = { accept: 'application/json' }
    const variables = { input: { name: 'x', status: 'OFFLINE' } }
    const refused = await request(gateway.url, token, createBotAgent, variables, headers)
    expect([refused.status, codesOf(refused)]).toEqual([429, ['RATE_LIMITED']])
  })

  it('allow an operation that costs more than the limit at the beginning of a minute', async () => {
    const gateway = await gatewayWith({ RATE_LIMIT_QUERY_COST: '10' })
    const token = await gateway.token()
    expect((await request(gateway.url, token, list)).status).toBe(200)
    expect((await request(gateway.url, token, '{ viewer { clientId } }')).status).toBe(429)
  })

  it('count the fields of a mutation, which changes nothing if it is refused', async () => {
    const gateway = await gatewayWith({ RATE_LIMIT_MUTATIONS: '5' })
    const token = await gateway.token()
    const one = 'createBotAgent(input: { name: "x", status: OFFLINE }) { botAgent { id } }'
    const three = `mutation { a: ${one} ...Two } fragment Two on Mutation { b: ${one} ... on Mutation { c: ${one} } }`
    expect((await request(gateway.url, token, three)).status).toBe(200)
    expect((await request(gateway.url, token, three)).status).toBe(429)
    const { data } = await request(gateway.url, token, '{ botAgents { totalCount } }')
    expect(data).toEqual({ botAgents: { totalCount: 3 } })
  })

  it('do not apply to the events of the chat platform, which have their own limit', async () => {
    const publish =
      'mutation { publishChatEvent(input: { action: THREAD_CLOSED, data: { chat_id: "c", thread_id: "t" } }) { matched } }'
    const free = await gatewayWith({ RATE_LIMIT_MUTATIONS: '1', RATE_LIMIT_QUERY_COST: '1' })
    const token = await free.token()
    for (let index = 0; index < 20; index++) expect((await request(free.url, token, publish)).status).toBe(200)

    const limited = await gatewayWith({ RATE_LIMIT_CHAT_EVENTS: '3' })
    const limitedToken = await limited.token()
    const { passed, refused } = await untilLimited(() => request(limited.url, limitedToken, publish))
    expect([passed, codesOf(refused)]).toEqual([3, ['RATE_LIMITED']])
  })

  it('allow one address as much as ten tokens, whatever the tokens', async () => {
    const gateway = await gatewayWith({ RATE_LIMIT_MUTATIONS: '2', TRUSTED_PROXIES: '127.0.0.1' })
    const from = async (address: string, token: string | undefined) =>
      request(gateway.url, token, 'mutation { __typename }', {}, { 'x-forwarded-for': address })
    const { passed, refused } = await untilLimited(async () => from('192.0.2.1', await gateway.token()))
    expect(passed).toBe(20)
    expect(refused.errors?.[0]?.message).toMatch(/^One address is limited to 20 mutations per minute/)
    expect((await from('192.0.2.2', await gateway.token())).status).toBe(200)
    expect((await from('192.0.2.1', undefined)).status).toBe(429)
  })
})

describe('log-ins that fail', () => {
  const ask = (gateway: TestGateway, token: string | undefined, address = '192.0.2.1') =>
    request(gateway.url, token, '{ viewer { clientId } }', {}, { 'x-forwarded-for': address })
  const env = { RATE_LIMIT_LOGIN_FAILURES: '3', TRUSTED_PROXIES: '127.0.0.1' }

  it('block new tokens from that address for a while, but not tokens that were valid before', async () => {
    const gateway = await gatewayWith(env)
    const [known, fresh] = [await gateway.token(), await gateway.token()]
    expect((await ask(gateway, known)).status).toBe(200)
    for (let index = 0; index < 3; index++) expect((await ask(gateway, `guess${index}`)).status).toBe(401)

    for (const token of ['guess', fresh]) {
      const { status, headers, errors } = await ask(gateway, token)
      expect({ status, errors }).toEqual({
        status: 429,
        errors: [
          {
            message: expect.stringMatching(
              /^Too many access tokens from your address were not valid. Try again in \d+ s.$/,
            ),
            extensions: { code: 'RATE_LIMITED', retryAfter: Number(headers.get('retry-after')) },
          },
        ],
      })
    }
    expect((await ask(gateway, known)).status).toBe(200)
    expect((await ask(gateway, fresh, '192.0.2.2')).status).toBe(200)
  })

  it('do not include requests without a token or with an expired one', async () => {
    const gateway = await gatewayWith(env)
    for (let index = 0; index < 10; index++) {
      expect((await ask(gateway, undefined)).status).toBe(401)
      expect((await ask(gateway, await gateway.token({ expiresIn: -1 }))).status).toBe(401)
    }
    expect((await ask(gateway, await gateway.token())).status).toBe(200)
  })

  it('close a WebSocket with 4429', async () => {
    const gateway = await gatewayWith({ RATE_LIMIT_LOGIN_FAILURES: '1' })
    const attempt = () =>
      new Promise<unknown>((resolve) => {
        const client = webSocketClient(gateway.url, 'guess', { closed: ({ code }) => resolve(code) })
        client
          .iterate({ query: list })
          .next()
          .catch(() => {})
      })
    expect([await attempt(), await attempt()]).toEqual([4401, 4429])
  })
})

describe('log-ins that fail, where an OpenID provider checks them', () => {
  const limit = 5
  const answer = () => ({
    active: true,
    aud: AUDIENCE,
    client_id: 'my-bots',
    license_id: 1,
    exp: Math.floor(Date.now() / 1_000) + 600,
  })

  /** A provider that knows all tokens except those that begin with `guess`. It responds about those only after `say` is called. */
  async function slowAboutGuesses(env: Record<string, string> = {}) {
    const provider = await startOpenIdProvider()
    onTestFinished(provider.stop)
    const asked: string[] = []
    let say = () => {}
    const said = new Promise<undefined>((resolve) => {
      say = () => resolve(undefined)
    })
    provider.answerWith((token) => {
      asked.push(token)
      return token.startsWith('guess') ? said : answer()
    })
    const gateway = await startGateway({
      env: {
        ...provider.env,
        OIDC_INTROSPECTION_PERIOD: '200ms',
        RATE_LIMIT_LOGIN_FAILURES: String(limit),
        TRUSTED_PROXIES: '127.0.0.1',
        ...env,
      },
    })
    onTestFinished(() => gateway.stop())
    const ask = (token: string, address = '192.0.2.1') =>
      request(gateway.url, token, '{ viewer { clientId } }', {}, { 'x-forwarded-for': address })
    const guess = (times: number, address?: string) =>
      Array.from({ length: times }, () => ask(`guess-${crypto.randomUUID()}`, address))
    const guesses = () => asked.filter((token) => token.startsWith('guess')).length
    const until = async (isSo: () => boolean) => {
      while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return { ask, guess, guesses, asked, until, say }
  }

  it('are exactly as many as the limit allows, however many requests come at once', async () => {
    const { ask, guess, guesses, say } = await slowAboutGuesses()
    const answers = guess(100)
    say()
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(limit)
    expect(statuses.filter((status) => status === 429)).toHaveLength(100 - limit)
    expect(guesses()).toBe(limit)
    expect((await ask('new')).status).toBe(429)
  })

  it('are checked four at a time per address and eight in total, and do not delay anybody else', async () => {
    const { ask, guess, guesses, until, asked, say } = await slowAboutGuesses()
    expect((await ask('known')).status).toBe(200)
    let answered = 0
    const followed = (answers: Promise<Result>[]) => answers.map((answer) => answer.finally(() => answered++))
    const answers = followed(guess(50))
    await until(() => guesses() === 4)
    expect((await ask('new', '192.0.2.2')).status).toBe(200)

    answers.push(...followed(['192.0.2.3', '192.0.2.4', '192.0.2.5', '192.0.2.6'].flatMap((from) => guess(10, from))))
    await until(() => guesses() === 8)
    // The gateway caches a response for a while before it asks the provider again.
    const before = asked.filter((token) => token === 'known').length
    while (asked.filter((token) => token === 'known').length === before) {
      expect((await ask('known')).status).toBe(200)
    }
    expect([guesses(), answered]).toEqual([8, 0])
    say()
    await Promise.all(answers)
  })

  it('do not include valid new tokens, however many come at once', async () => {
    const { ask } = await slowAboutGuesses({ RATE_LIMIT_LOGIN_FAILURES: '1' })
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(`new-${index}`)))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  })

  it('are checked only once for the same token', async () => {
    const { ask, guesses, say } = await slowAboutGuesses({ RATE_LIMIT_LOGIN_FAILURES: '0' })
    say()
    for (let index = 0; index < 50; index++) expect((await ask('guess')).status).toBe(401)
    expect(guesses()).toBeLessThan(50)
  })
})

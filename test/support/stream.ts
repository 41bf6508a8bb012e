import { createClient as createSseClient, NetworkError } from 'graphql-sse'
import { onTestFinished } from 'vitest'
import { create } from './bot-agents.ts'
import { type Result, webSocketClient } from './client.ts'
import type { TestGateway } from './gateway.ts'

export type Transport = 'WebSocket' | 'SSE'
export const transports: readonly Transport[] = ['WebSocket', 'SSE']

export interface StatusChange {
  botAgentId: string
  status: string
  previousStatus: string | null
  reason: string
}

/** How a stream has ended: the close of its WebSocket, or the code of its last event. */
export interface End {
  closeCode?: number | undefined
  reason?: string | undefined
  errorCode?: unknown
}

/** A subscription to the status of bot agents. */
export interface Stream {
  /** Resolves to the first change that fits, come already or to come. @throws if the stream ends before */
  until(fits: (change: StatusChange) => boolean): Promise<StatusChange>
  /** What has come. */
  changes: StatusChange[]
  ended: Promise<End>
}

const query = `subscription ($all: Boolean) {
  botAgentStatusChanged(all: $all) { botAgentId status previousStatus reason }
}`

/** Opens one; resolves when it is sure to hear of what follows. `poke` is a token that makes bot agents it hears of. */
export async function openStream(
  transport: Transport,
  gateway: TestGateway,
  token: string,
  options: { all?: boolean; poke?: string } = {},
): Promise<Stream> {
  const { all = false, poke = token } = options
  const changes: StatusChange[] = []
  let last: Result | undefined
  let over: unknown
  let look = () => {}
  const sse = () =>
    createSseClient({ url: gateway.url, headers: { authorization: `Bearer ${token}` }, retryAttempts: 0 })
  const client = transport === 'SSE' ? sse() : webSocketClient(gateway.url, token)
  onTestFinished(() => client.dispose())
  const ended = new Promise<End>((resolve) => {
    const finish = async (error?: unknown) => {
      const end = await describeEnd(error, last)
      over = new Error(`The stream has ended: ${JSON.stringify(end)}`)
      look()
      resolve(end)
    }
    client.subscribe<{ botAgentStatusChanged: StatusChange }>(
      { query, variables: { all } },
      {
        next(result) {
          last = result as Result
          if (result.data) changes.push(result.data.botAgentStatusChanged)
          look()
        },
        error: (error) => void finish(error),
        complete: () => void finish(),
      },
    )
  })

  const until = async (fits: (change: StatusChange) => boolean) => {
    for (;;) {
      const found = changes.find(fits)
      if (found) return found
      if (over) throw over
      await new Promise<void>((resolve) => {
        look = resolve
      })
    }
  }

  const live = until(() => true)
  let isLive = false
  live.then(
    () => (isLive = true),
    () => (isLive = true),
  )
  while (!isLive) {
    await create(gateway, poke, { name: 'Are you there?' })
    await new Promise(setImmediate)
  }
  await live
  return { until, changes, ended }
}

async function describeEnd(error: unknown, last: Result | undefined): Promise<End> {
  if (error instanceof NetworkError)
    return { errorCode: /"code":"(\w+)"/.exec(await (error.response as Response).text())?.[1] }
  const { code, reason } = (error ?? {}) as { code?: number; reason?: string }
  return { closeCode: code, reason, errorCode: last?.errors?.[0]?.extensions?.code }
}

import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from 'graphql-ws'
import type pg from 'pg'
import { WebSocket } from 'ws'
import { type Caller, openCaller } from './caller.ts'
import { CALLERS, callAll } from './callers.ts'
import { chatEvent, publishing } from './chat-event.ts'
import type { Originals } from './plans-fill.ts'
import type { Receiver } from './receiver.ts'
import type { SpawnedGateway } from './spawned-gateway.ts'

const EVENTS = 150
const MINUTE = 60_000

/** The input of a bot agent that listens to messages of customers. */
export function listeningTo(url: string, action = 'INCOMING_EVENT', filters?: object): object {
  const webhooks = { url, secretKey: 'JSauw0Aks8l-asAa', actions: [{ name: action, ...(filters && { filters }) }] }
  return { name: 'bench', status: 'ACCEPTING_CHATS', webhooks }
}

export async function createBotAgent(caller: Caller, authorization: string, input: object): Promise<string> {
  const { createBotAgent } = await caller.call<{ createBotAgent: { botAgent: { id: string } } }>(
    authorization,
    `mutation ($input: CreateBotAgentInput!) { createBotAgent(input: $input) { botAgent { id } userErrors { message } } }`,
    { input },
  )
  return createBotAgent.botAgent.id
}

/** @throws if it is refused */
export async function mutate(caller: Caller, authorization: string, name: string, input: object): Promise<void> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
  const document = `mutation ($input: ${type}!) { ${name}(input: $input) { userErrors { message } } }`
  const data = await caller.call<Record<string, { userErrors: unknown[] }>>(authorization, document, { input })
  const errors = data[name]?.userErrors ?? []
  if (errors.length > 0) throw new Error(`${name}: ${JSON.stringify(errors)}`)
}

/** Subscribes to a field. Resolves with the cursor of each event. @param selection such as `botAgentStatusChanged(all: true)` */
export function watch(
  gateway: SpawnedGateway,
  authorization: string,
  selection: string,
  fields = '',
): AsyncDisposable & { take(count: number): Promise<string> } {
  const client = createClient({
    url: gateway.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: authorization },
  })
  const events = client.iterate<Record<string, { cursor: string }>>({
    query: `subscription { ${selection} { cursor ${fields} } }`,
  })
  return {
    async take(count) {
      let cursor = ''
      for (let taken = 0; taken < count; taken += 1) {
        const { value } = await events.next()
        if (!value?.data) throw new Error(`The stream has ended: ${JSON.stringify(value)}`)
        const [event] = Object.values(value.data as Record<string, { cursor: string }>)
        cursor = event?.cursor ?? cursor
      }
      return cursor
    },
    async [Symbol.asyncDispose]() {
      await client.dispose()
    },
  }
}

export interface Driven {
  readonly gateway: SpawnedGateway
  readonly client: pg.Client
  readonly receiver: Receiver
  readonly authorization: string
  /** Of an application whose token is revoked. */
  readonly revoked: string
  readonly originals: Originals
  /** The ids of 500 bot agents that have deliveries. */
  readonly many: readonly string[]
  /** A cursor before all entries of the feed. */
  readonly cursor: string
  /** A license with little in the feed, and a cursor before that. */
  readonly other: { readonly authorization: string; readonly cursor: string }
}

/** What callers ask for, one operation after the other, until everything that they caused is done. */
export async function drive(driven: Driven): Promise<void> {
  const { gateway, client, authorization, originals } = driven
  const caller = openCaller(gateway)
  const call = (document: string, variables: object = {}) =>
    caller.call<Record<string, { nodes?: { id: string }[]; pageInfo?: { endCursor: string } }>>(
      authorization,
      document,
      variables,
    )
  const change = (name: string, input: object) => mutate(caller, authorization, name, input)

  await using status = watch(gateway, authorization, 'botAgentStatusChanged')
  await catchUp(driven)
  await intake(driven, caller)
  await lists(driven, call)

  await change('pingWebhooks', { botAgentId: originals.busy })
  await replays(originals.busy, call, change)
  const watched = status.take(1)
  await change('updateBotAgent', { id: originals.busy, status: 'NOT_ACCEPTING_CHATS' })
  await watched
  await gateway.metric('gateway_webhooks_due')
  await revoke(driven, caller)
  await settled(client, `select from webhook_replay`)
  await change('removeBotAgent', { botAgentId: originals.failing })
  // After a change of listeners, the next event loads them again.
  await publish(caller, authorization, EVENTS)
  await settled(
    client,
    `select from webhook_delivery where bot_agent_id = '${originals.failing}' and state = 'PENDING' limit 1`,
  )
  await settled(client, 'select from webhook_claim')
  await caller.close()
}

/** A stream that begins before all entries. It ends soon: who reads on gets each delivery that is cancelled. */
async function catchUp({ gateway, authorization, cursor, other }: Driven): Promise<void> {
  const updates = (after: string) => `webhookDeliveryUpdated(after: "${after}")`
  await using stream = watch(gateway, authorization, updates(cursor), 'attempt { number } delivery { id }')
  await stream.take(1_200)
  // Again and again: PostgreSQL may take another plan when it has seen a statement five times.
  for (let round = 0; round < 10; round += 1) {
    await using _silent = watch(gateway, other.authorization, `botAgentStatusChanged(after: "${other.cursor}")`)
    await delay(300)
  }
}

const publish = (caller: Caller, authorization: string, number: number, more: object = {}) =>
  caller.call(authorization, publishing, { input: { ...chatEvent(number), ...more } })

async function intake({ receiver, authorization, client }: Driven, caller: Caller): Promise<void> {
  await callAll(EVENTS, CALLERS, async (number) => {
    await publish(caller, authorization, number)
  })
  for (const key of ['a', 'b', 'a', 'b']) await publish(caller, authorization, 0, { idempotencyKey: key })
  await receiver.reaches(EVENTS * receiver.urls.length)
  await settled(client, 'select from webhook_claim')
}

const deliveries = 'nodes { id attempts { number } chatEvent { id } } pageInfo { endCursor }'

type Call = (
  document: string,
) => Promise<Record<string, { nodes?: { id: string }[]; pageInfo?: { endCursor: string } }>>

async function lists({ originals: { busy, failing }, many }: Driven, call: Call): Promise<void> {
  const pages = [
    'webhookDeliveries(first: 20)',
    'webhookDeliveries(first: 20, all: true)',
    'webhookDeliveries(first: 20, states: [FAILED])',
    'webhookDeliveries(first: 20, all: true, states: [FAILED, HELD, CANCELLED])',
    `webhookDeliveries(first: 20, botAgentIds: ["${busy}", "${failing}"], states: [PENDING, FAILED])`,
    `webhookDeliveries(first: 20, all: true, botAgentIds: ${JSON.stringify(many)})`,
    `webhookDeliveries(first: 20, all: true, botAgentIds: ${JSON.stringify(many)}, states: [HELD])`,
  ]
  for (const page of pages) {
    for (let after = '', left = 3; left > 0; left -= 1) {
      const arguments_ = after ? page.replace('first: 20', `first: 20, after: "${after}"`) : page
      const { webhookDeliveries } = await call(`{ ${arguments_} { ${deliveries} } }`)
      after = webhookDeliveries?.pageInfo?.endCursor ?? ''
      if (!after) break
    }
  }
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * MINUTE).toISOString()
  const filters = [
    '{ chatId: "chat1000" }',
    '{ states: [FAILED], chatId: "chat1000", errors: [HTTP_STATUS] }',
    '{ statusCodes: [{ from: 500, to: 599 }] }',
    `{ botAgentIds: ["${busy}"], createdSince: "${minutesAgo(1_000)}", createdUntil: "${minutesAgo(990)}" }`,
    '{ replayed: true, ping: true }',
  ]
  for (const filter of filters) {
    await call(`{ webhookDeliveries(first: 20, filter: ${filter}) { totalCount ${deliveries} } }`)
    await call(`{ webhookDeliveries(last: 20, filter: ${filter}, all: true, orderBy: OLDEST_FIRST) { ${deliveries} } }`)
  }
  await call(`{ botAgent(id: "${busy}") { webhookDeliveries(states: [FAILED, HELD], first: 20) { ${deliveries} } } }`)
  await call('{ auditTrail(first: 20) { nodes { id } } }')
  await call(`{ auditTrail(first: 20, botAgentIds: ["${busy}"]) { nodes { id } } }`)
  await call(`{ auditTrail(first: 20, botAgentIds: ${JSON.stringify(many)}) { nodes { id } } }`)
  await call('{ botAgents(first: 20) { nodes { id } } }')
  await call('{ botAgents(first: 20, all: true) { nodes { id } } }')
}

/** One delivery, a range that is done at once, and one that is worked off behind the request. */
async function replays(
  botAgentId: string,
  call: Call,
  change: (name: string, input: object) => Promise<void>,
): Promise<void> {
  const { webhookDeliveries } = await call(
    `{ webhookDeliveries(first: 1, botAgentIds: ["${botAgentId}"]) { nodes { id } } }`,
  )
  await change('replayWebhookDelivery', { id: webhookDeliveries?.nodes?.[0]?.id })
  const since = (minutes: number) => new Date(Date.now() - minutes * MINUTE)
  const replay = (range: object) =>
    change('replayWebhookDeliveries', { botAgentId, states: ['SUCCEEDED', 'FAILED'], ...range })
  await replay({ since: since(5) })
  await replay({ states: ['FAILED', 'HELD'], until: since(19.9 * 24 * 60) })
  await replay({ since: since(10 * 24 * 60), until: since(10 * 24 * 60 - 30) })
}

async function revoke({ gateway, revoked }: Driven, caller: Caller): Promise<void> {
  await createBotAgent(caller, revoked, listeningTo('http://127.0.0.1:9/', 'THREAD_CLOSED'))
  const [, token = ''] = revoked.split(' ')
  const response = await fetch(new URL('/oauth/revoke', gateway.url), {
    method: 'POST',
    body: new URLSearchParams({ token }),
  })
  if (!response.ok) throw new Error(`The token was not revoked: ${response.status}`)
}

/** Resolves when the query returns no rows. @throws if that takes too long */
export async function settled(
  client: pg.Client,
  query: string,
  { withinMs } = { withinMs: 5 * MINUTE },
): Promise<void> {
  for (const end = Date.now() + withinMs; Date.now() < end; await delay(200)) {
    const { rowCount } = await client.query(query)
    if (rowCount === 0) return
  }
  throw new Error(`Still not done after ${withinMs / 1_000} s: ${query}`)
}

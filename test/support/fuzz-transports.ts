import { once } from 'node:events'
import { WebSocket } from 'ws'

/** A request as texts, so that every part can be malformed. */
export interface Ask {
  kind: 'query' | 'mutation' | 'subscription'
  query: string
  /** JSON, or malformed JSON. */
  variables?: string | undefined
  operationName?: string | undefined
  extensions?: string | undefined
}

/** The answer. */
export interface Outcome {
  status?: number
  /** The GraphQL results. */
  results: unknown[]
  /** Why it is not a valid answer. */
  malformed?: string
}

/** The caller. */
interface Caller {
  url: string
  token: string
  /** Ends the streams of the token. */
  revoke(): Promise<void>
}

export type Transport = (ask: Ask, caller: Caller) => Promise<Outcome>

const json = 'application/json'
const graphqlJson = 'application/graphql-response+json'

/** Every transport of an operation. */
export const fuzzedTransports: Readonly<Record<string, Transport>> = {
  POST: (ask, caller) =>
    http(caller, ask, { body: bodyOf(ask), headers: { 'content-type': json, accept: graphqlJson } }),

  'POST, as an old client': (ask, caller) =>
    http(caller, ask, { body: bodyOf(ask), headers: { 'content-type': json, accept: json } }),

  SSE: (ask, caller) =>
    http(caller, ask, { body: bodyOf(ask), headers: { 'content-type': json, accept: 'text/event-stream' } }),

  GET: (ask, caller) => getOrForm(caller, ask, graphqlJson),

  'SSE by GET': (ask, caller) => getOrForm(caller, ask, 'text/event-stream'),

  form: (ask, caller) => form(caller, ask, graphqlJson),

  'application/graphql': (ask, caller) =>
    http(caller, ask, { body: ask.query, headers: { 'content-type': 'application/graphql', accept: graphqlJson } }),

  WebSocket: webSocket,
}

function bodyOf({ query, variables, operationName, extensions }: Ask): string {
  const members = Object.entries({ query: JSON.stringify(query), variables, operationName, extensions })
  return `{${members.flatMap(([name, value]) => (value === undefined ? [] : [`"${name}":${value}`])).join(',')}}`
}

function formOf({ query, variables, operationName, extensions }: Ask): string {
  const form = new URLSearchParams({ query })
  if (variables !== undefined) form.set('variables', variables)
  if (operationName !== undefined) form.set('operationName', operationName.replace(/^"(.*)"$/, '$1'))
  if (extensions !== undefined) form.set('extensions', extensions)
  return form.toString()
}

const form = (caller: Caller, ask: Ask, accept: string) =>
  http(caller, ask, {
    body: formOf(ask),
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept },
  })

/** Node.js itself refuses long URLs. */
function getOrForm(caller: Caller, ask: Ask, accept: string): Promise<Outcome> {
  const search = formOf(ask)
  return search.length < 12_000 ? http(caller, ask, { search, headers: { accept } }) : form(caller, ask, accept)
}

async function http(
  { url, token, revoke }: Caller,
  { kind }: Pick<Ask, 'kind'>,
  { search, body, headers }: { search?: string; body?: string; headers: Record<string, string> },
): Promise<Outcome> {
  const response = await fetch(search === undefined ? url : `${url}?${search}`, {
    method: body === undefined ? 'GET' : 'POST',
    // A connection that was idle for five seconds, while values were made, may be closed just as it is used again.
    headers: { authorization: `Bearer ${token}`, connection: 'close', ...headers },
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(20_000),
  })
  // The stream ends with its token. Without that, the test would not know that no more results come.
  if (kind === 'subscription') await revoke()
  return read(response)
}

/** Reads an answer of the GraphQL endpoint to the end. */
export async function read(response: Response): Promise<Outcome> {
  const { status } = response
  const type = response.headers.get('content-type')?.split(';')[0] ?? ''
  const text = await response.text()
  if (type === 'text/event-stream') return { status, ...events(text) }
  if (type === json || type === graphqlJson) return { status, ...parsed(text) }
  return { status, results: [], malformed: `its type is ${JSON.stringify(type)}: ${text.slice(0, 200)}` }
}

function parsed(text: string): Outcome {
  try {
    return { results: [JSON.parse(text)] }
  } catch {
    return { results: [], malformed: `it is not JSON: ${text.slice(0, 200)}` }
  }
}

/** GraphQL over SSE, distinct connections mode. */
function events(text: string): Outcome {
  const blocks = text.split('\n\n').filter((block) => block !== '' && !block.startsWith(':'))
  const last = blocks.pop() ?? ''
  const results: unknown[] = []
  for (const block of blocks) {
    const [, data] = /^event: next\n(?:id: .*\n)?data: (.*)$/.exec(block) ?? []
    if (data === undefined) return { results, malformed: `it is not an event: ${block.slice(0, 200)}` }
    const event = parsed(data)
    if (event.malformed) return event
    results.push(...event.results)
  }
  return /^event: complete(\n|$)/.test(last)
    ? { results }
    : { results, malformed: `the last event is ${last.slice(0, 200)}` }
}

async function webSocket(ask: Ask, { url, token }: Caller): Promise<Outcome> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws')
  const closed = new Promise<string>((resolve) =>
    socket.on('error', () => {}).once('close', (code, reason) => resolve(`${code} ${reason}`)),
  )
  const results: unknown[] = []
  const send = (message: string) => socket.send(message)
  await once(socket, 'open')
  send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } }))
  socket.on('message', (data) => {
    const { type, id, payload } = JSON.parse(String(data))
    if (type === 'connection_ack') {
      send(`{"type":"subscribe","id":"asked","payload":${bodyOf(ask)}}`)
      send('{"type":"subscribe","id":"behind","payload":{"query":"{ __typename }"}}')
    }
    if (type === 'next' && id === 'asked') results.push(payload)
    if (type === 'error' && id === 'asked') results.push({ errors: payload })
    const isOver = type === 'error' || type === 'complete'
    // A refusal comes before the answer to the next operation.
    if (isOver && id === (ask.kind === 'subscription' ? 'behind' : 'asked')) socket.close(1000)
  })
  const tooLong = setTimeout(() => socket.terminate(), 20_000)
  const end = await closed
  clearTimeout(tooLong)
  // RFC 6455, section 7.4. In graphql-transport-ws 4400 is a malformed message, and 4499 the last code that a client causes.
  return /^(1000|1007|1009|44\d\d) /.test(end) ? { results } : { results, malformed: `the socket closed with ${end}` }
}

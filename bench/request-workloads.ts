import { type Bots, someLicense } from './request-bots.ts'
import { type LimitRow, limitBotAgent } from './request-limit-row.ts'

/** One request of a workload: who makes it, and with what. */
export interface Call {
  /** Its token is sent. */
  readonly licenseId: number
  /** The variables of the operation. */
  readonly variables: Readonly<Record<string, unknown>>
  /** Whether the response, as text, is what was asked for. */
  isAnswer(text: string): boolean
}

/** One kind of request: as an operation for the gateway, and as one prepared statement that reads or does the same. */
export interface Workload {
  /** By which `BENCH_WORKLOADS` names it. */
  readonly key: string
  readonly name: string
  readonly document: string
  /** @param bots those of the database that answers @param number of the request */
  call(bots: Bots, number: number): Call
  /** How the limit answers; absent: without a database. */
  readonly limit?: LimitStatement
}

/** One statement, whose parameters are the license and the variables as JSON. */
export interface LimitStatement {
  readonly text: string
  /** Makes `data` of the rows. Absent: the column `data` is its JSON. To make large JSON of rows takes PostgreSQL several times as long. */
  readonly dataOf?: (rows: readonly LimitRow[]) => object
  /** A statement for the same whose column `data` is the JSON. */
  readonly inJson?: string
}

export const PAGE = 50

const botAgent = `id name avatar status maxChatsCount defaultGroupPriority groups { id priority } application { clientId }
  webhooks { url state actions { name } } createdAt updatedAt`

const columns = `id, name, avatar, status, max_chats_count, default_group_priority, groups, client_id, webhooks_url, webhooks_state,
  webhooks_actions, created_at, updated_at`

const time = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const botAgentJson = `json_build_object(
  'id', id, 'name', name, 'avatar', avatar, 'status', status, 'maxChatsCount', max_chats_count,
  'defaultGroupPriority', default_group_priority, 'groups', groups, 'application', json_build_object('clientId', client_id),
  'webhooks', json_build_object('url', webhooks_url, 'state', webhooks_state,
    'actions', (select json_agg(json_build_object('name', action->>'name')) from jsonb_array_elements(webhooks_actions) action)),
  'createdAt', ${time('created_at')}, 'updatedAt', ${time('updated_at')})`

const viewer: Workload = {
  key: 'viewer',
  name: 'the viewer, without the database',
  document: '{ viewer { clientId licenseId } }',
  call: () => ({ licenseId: someLicense(), variables: {}, isAnswer: (text) => text.includes('"bench"') }),
}

export const oneBotAgent: Workload = {
  key: 'A',
  name: 'one bot agent by random id',
  document: `query ($id: ID!) { botAgent(id: $id) { ${botAgent} } }`,
  call(bots) {
    const { licenseId, id } = bots.some()
    return { licenseId, variables: { id }, isAnswer: (text) => text.includes(`"${id}"`) && hasBotAgents(text, 1) }
  },
  limit: {
    text: `select ${columns} from bot_agent where license_id = $1 and client_id = 'bench' and id = $2::jsonb->>'id'`,
    dataOf: ([row]) => ({ botAgent: row ? limitBotAgent(row) : null }),
    inJson: `select json_build_object('botAgent', (
      select ${botAgentJson} from bot_agent where license_id = $1 and client_id = 'bench' and id = $2::jsonb->>'id')) as data`,
  },
}

export const pageOfBotAgents: Workload = {
  key: 'B',
  name: `${PAGE} bot agents of a random license`,
  document: `{ botAgents(all: true, first: ${PAGE}) { nodes { ${botAgent} } } }`,
  call: () => ({ licenseId: someLicense(), variables: {}, isAnswer: (text) => hasBotAgents(text, PAGE) }),
  limit: {
    text: `select ${columns} from bot_agent where license_id = $1 and $2::jsonb is not null order by created_at, id limit ${PAGE}`,
    dataOf: (rows) => ({ botAgents: { nodes: rows.map(limitBotAgent) } }),
    inJson: `select json_build_object('botAgents', json_build_object('nodes', (
      select json_agg(node) from (
        select ${botAgentJson} as node from bot_agent
        where license_id = $1 and $2::jsonb is not null order by created_at, id limit ${PAGE}
      ) page))) as data`,
  },
}

export const updateOfStatus: Workload = {
  key: 'C',
  name: 'updateBotAgent, the status of a random one',
  document:
    'mutation ($input: UpdateBotAgentInput!) { updateBotAgent(input: $input) { botAgent { id status } userErrors { message } } }',
  call(bots) {
    const { licenseId, id } = bots.some()
    const status = bots.toggled(id)
    const isAnswer = (text: string) => text.includes(`"${id}"`) && text.includes(`"${status}"`)
    return { licenseId, variables: { input: { id, status } }, isAnswer }
  },
  limit: {
    text: `with before as (
      select id, status from bot_agent
      where id = $2::jsonb->'input'->>'id' and license_id = $1 and client_id = 'bench' for update
    ), updated as (
      update bot_agent set status = ($2::jsonb->'input'->>'status')::bot_agent_status, updated_at = clock_timestamp()
      from before where bot_agent.id = before.id
      returning bot_agent.id, license_id, client_id, bot_agent.status, before.status as previous
    ), reported as (
      insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
      select license_id, 'BOT_AGENT_STATUS', client_id, id,
        jsonb_build_object('status', status, 'previousStatus', previous, 'reason', 'UPDATED') from updated
    ), audited as (
      insert into audit_entry (id, license_id, owner_client_id, bot_agent_id, action, client_id, access_token_hash, address)
      select 'aud_' || replace(uuidv7()::text, '-', ''), license_id, client_id, id, 'UPDATED', client_id,
        decode(repeat('00', 32), 'hex'), '127.0.0.1' from updated
    )
    select json_build_object('updateBotAgent', json_build_object(
      'botAgent', (select json_build_object('id', id, 'status', status) from updated), 'userErrors', '{}'::text[])) as data`,
  },
}

const publishing: Workload = {
  key: 'publish',
  name: 'publishChatEvent, with one listener',
  document:
    'mutation ($input: PublishChatEventInput!) { publishChatEvent(input: $input) { matched userErrors { message } } }',
  call: (_bots, number) => ({
    licenseId: someLicense(),
    variables: { input: { action: 'INCOMING_EVENT', authorType: 'CUSTOMER', data: chatEvent(number) } },
    isAnswer: (text) => /"matched" ?: ?1\b/.test(text),
  }),
  limit: {
    text: `with event as (
      insert into chat_event (id, license_id, client_id, action, data, matched)
      values ('evt_' || replace(gen_random_uuid()::text, '-', ''), $1, 'bench', 'INCOMING_EVENT', ($2::jsonb->'input'->'data')::text, 1)
      returning id
    ), delivery as (
      insert into webhook_delivery (id, license_id, client_id, bot_agent_id, chat_event_id, action, state, url, additional_data,
        secret_key, next_attempt_at)
      select 'dlv_' || replace(gen_random_uuid()::text, '-', ''), bot_agent.license_id, client_id, bot_agent.id, event.id, action,
        'PENDING', webhooks_url, '{}', webhooks_secret_key, clock_timestamp()
      from event, webhook_listener join bot_agent on bot_agent.id = bot_agent_id
      where webhook_listener.license_id = $1 and action = 'INCOMING_EVENT'
      returning id, license_id, client_id, bot_agent_id, state
    ), reported as (
      insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
      select license_id, 'WEBHOOK_DELIVERY', client_id, bot_agent_id,
        jsonb_build_object('deliveryId', id, 'state', state, 'attempt', null) from delivery
      returning 1
    )
    select json_build_object('publishChatEvent', json_build_object('matched', count(*), 'userErrors', '{}'::text[])) as data from reported`,
  },
}

export const workloads: readonly Workload[] = [viewer, oneBotAgent, pageOfBotAgents, updateOfStatus, publishing]

/** Whether there are so many bot agents, each with three groups and two actions. Only groups have a `priority`, only actions and bot agents a `name`. */
function hasBotAgents(text: string, count: number): boolean {
  return (
    occurrences(text, '"maxChatsCount"') === count &&
    occurrences(text, '"priority"') === 3 * count &&
    occurrences(text, '"name"') === 3 * count
  )
}

function occurrences(text: string, word: string): number {
  let found = 0
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + word.length)) found += 1
  return found
}

function chatEvent(number: number): object {
  return {
    chat_id: 'PJ0MRSHTDG',
    thread_id: 'PGDGHT5G',
    event: {
      id: `PGDGHT5G_${number}`,
      order: number,
      type: 'message',
      author_id: 'b7eff798-f8df-4364-8059-649c35c9ed0c',
      text: 'Hello, I have ordered a pair of shoes, and they are too small. Can I send them back?',
    },
  }
}

import { BOTS_PER_LICENSE, botAgentId, LICENSES } from './request-rows.ts'

/** One kind of request: as an operation for the gateway, and as one prepared statement that returns the same JSON. */
export interface Workload {
  readonly name: string
  readonly document: string
  /** @param number of the request @returns the license that makes it, and the variables of the operation */
  of(number: number): { readonly licenseId: number; readonly variables: Readonly<Record<string, unknown>> }
  /** Whether `data` of the response, as text, is what was asked for. */
  isAnswer(data: string, variables: Readonly<Record<string, unknown>>): boolean
  /** Absent: the limit answers without a database. Parameters are the license and the variables as JSON; the column `data` is JSON. */
  readonly statement?: string
}

const botAgent = `id name avatar status maxChatsCount defaultGroupPriority groups { id priority } application { clientId }
  webhooks { url state actions { name } } createdAt updatedAt`

const botAgentJson = `json_build_object(
  'id', id, 'name', name, 'avatar', avatar, 'status', status, 'maxChatsCount', max_chats_count,
  'defaultGroupPriority', default_group_priority, 'groups', groups, 'application', json_build_object('clientId', client_id),
  'webhooks', json_build_object('url', webhooks_url, 'state', webhooks_state,
    'actions', (select json_agg(json_build_object('name', action->>'name')) from jsonb_array_elements(webhooks_actions) action)),
  'createdAt', created_at, 'updatedAt', updated_at)`

const random = (below: number) => Math.floor(Math.random() * below)
const someLicense = () => random(LICENSES)

export const workloads: readonly Workload[] = [
  {
    name: 'the viewer, without the database',
    document: '{ viewer { clientId licenseId } }',
    of: () => ({ licenseId: someLicense(), variables: {} }),
    isAnswer: (data) => data.includes('"bench"'),
  },
  {
    name: 'one bot agent by random id',
    document: `query ($id: ID!) { botAgent(id: $id) { ${botAgent} } }`,
    of() {
      const licenseId = someLicense()
      return { licenseId, variables: { id: botAgentId(licenseId, random(BOTS_PER_LICENSE)) } }
    },
    isAnswer: (data, { id }) => data.includes(`"${id}"`),
    statement: `select json_build_object('botAgent', (
      select ${botAgentJson} from bot_agent where license_id = $1 and client_id = 'bench' and id = $2::jsonb->>'id')) as data`,
  },
  {
    name: '50 bot agents of a random license',
    document: `{ botAgents(all: true, first: 50) { nodes { ${botAgent} } } }`,
    of: () => ({ licenseId: someLicense(), variables: {} }),
    isAnswer: (data) => data.split('"maxChatsCount"').length === 51,
    statement: `select json_build_object('botAgents', json_build_object('nodes', (
      select json_agg(node) from (select ${botAgentJson} as node from bot_agent where license_id = $1 and $2::jsonb is not null
        order by created_at, id limit 50) page))) as data`,
  },
  {
    name: 'publishChatEvent, with one listener',
    document:
      'mutation ($input: PublishChatEventInput!) { publishChatEvent(input: $input) { matched userErrors { message } } }',
    of: (number) => ({
      licenseId: someLicense(),
      variables: { input: { action: 'INCOMING_EVENT', authorType: 'CUSTOMER', data: chatEvent(number) } },
    }),
    isAnswer: (data) => /"matched" ?: ?1\b/.test(data),
    statement: `with event as (
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
]

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

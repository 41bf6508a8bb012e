import { sql } from './database.ts'

/**
 * Adds bot agents that are logged in, faster than through a gateway. If they have webhooks, these are paused, because no gateway can read
 * their secret keys.
 * @param bots.like the id of a bot agent whose log-in is tied to the same access token
 */
export async function addBotAgents(
  databaseUrl: string,
  bots: {
    licenseId: number
    clientId: string
    count: number
    like?: string
    actions?: object[]
    order?: 'NONE' | 'CHAT'
  },
): Promise<void> {
  const { licenseId, clientId, count, like = null, actions, order = 'NONE' } = bots
  await sql(
    databaseUrl,
    `with added as (
       insert into bot_agent (id, license_id, client_id, name, status, max_chats_count, default_group_priority, groups, access_token_hash,
         webhooks_url, webhooks_secret_key, webhooks_state, webhooks_paused_until, webhooks_actions, webhooks_order)
       select replace(gen_random_uuid()::text, '-', ''), $1, $2, 'x', 'ACCEPTING_CHATS', 6, 'NORMAL', '[]',
         coalesce((select access_token_hash from bot_agent where id = $4), ''),
         'http://127.0.0.1:9' || left($5, 0), left($5, 0)::bytea, case when $5 is not null then 'PAUSED'::webhooks_state end,
         'infinity', $5::jsonb, $6::webhook_order
       from generate_series(1, $3)
       returning id, license_id, webhooks_actions
     )
     insert into webhook_listener (license_id, action, bot_agent_id)
     select license_id, (subscription->>'name')::webhook_action, id
     from added cross join lateral jsonb_array_elements(webhooks_actions) as subscription`,
    [licenseId, clientId, count, like, actions ? JSON.stringify(actions) : null, order],
  )
}

import pg from 'pg'

export const LICENSES = 20
/** When the first bot agent of each license was created. The same for all contenders, so that their answers can be compared. */
export const FIRST_CREATED = '2026-01-01T00:00:00.000Z'
export const WEBHOOKS_URL = 'http://127.0.0.1:9/webhooks'

/** @param index from 0, in the order of creation */
export function botAgentId(licenseId: number, index: number): string {
  return `${String(licenseId).padStart(16, '0')}${String(index).padStart(16, '0')}`
}

/**
 * Fills the database of a gateway: each license has bot agents with three groups and two actions. The first of them listens to
 * `INCOMING_EVENT`. Its webhooks are paused, so that sending them takes no part in the benchmark.
 * @param perLicense how many bot agents each license has
 */
export async function fill(databaseUrl: string, perLicense: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(
    `insert into bot_agent (id, license_id, client_id, name, status, max_chats_count, default_group_priority, groups, access_token_hash,
       webhooks_url, webhooks_secret_key, webhooks_state, webhooks_paused_until, webhooks_actions, created_at, updated_at)
     select lpad(license::text, 16, '0') || lpad(bot::text, 16, '0'), license, 'bench', 'Bot agent ' || bot, 'ACCEPTING_CHATS', 6, 'NORMAL',
       '[{"id": 1, "priority": "FIRST"}, {"id": 2, "priority": "NORMAL"}, {"id": 3, "priority": "LAST"}]', '\\x00',
       $3, decode(repeat('00', 48), 'hex'), 'PAUSED', 'infinity',
       jsonb_build_array(
         jsonb_build_object('name', case bot when 0 then 'INCOMING_EVENT' else 'CHAT_USER_ADDED' end, 'additionalData', '[]'::jsonb),
         jsonb_build_object('name', 'THREAD_CLOSED', 'additionalData', '[]'::jsonb)),
       created, created
     from generate_series(0, $1::int - 1) license, generate_series(0, $2::int - 1) bot,
       lateral (select $4::timestamptz + bot * interval '1 second' as created) time`,
    [LICENSES, perLicense, WEBHOOKS_URL, FIRST_CREATED],
  )
  await client.query(
    `insert into webhook_listener (license_id, action, bot_agent_id)
     select license_id, (action->>'name')::webhook_action, id from bot_agent, jsonb_array_elements(webhooks_actions) action`,
  )
  await client.query('vacuum analyze')
  await client.end()
}

import pg from 'pg'
import { FIRST_CREATED, LICENSES, WEBHOOKS_URL } from '../request-rows.ts'

const types = `
  create type bot_agent_status as enum ('ACCEPTING_CHATS', 'NOT_ACCEPTING_CHATS', 'OFFLINE');
  create type group_priority as enum ('FIRST', 'NORMAL', 'LAST');
  create type default_group_priority as enum ('FIRST', 'NORMAL', 'LAST', 'SUPERVISOR');
  create type webhooks_state as enum ('ACTIVE', 'PAUSED', 'DISABLED');`

/** A status is in no index, and each page has room for the next version of its rows: an update is in place. */
const botAgent = (more: string) => `
  create table bot_agent (
    id text primary key,
    license_id int not null,
    client_id text not null,
    name text not null,
    avatar text,
    status bot_agent_status not null,
    max_chats_count int not null,
    default_group_priority default_group_priority not null,
    webhooks_url text,
    webhooks_state webhooks_state,
    ${more}
    created_at timestamptz(3) not null default clock_timestamp(),
    updated_at timestamptz(3) not null default clock_timestamp()
  ) with (fillfactor = 80);
  create index on bot_agent (license_id, created_at, id);
  create index on bot_agent (license_id, client_id, created_at, id);`

/** What a change leaves behind: who watches reads the feed, and the owner the audit trail. */
const changes = `
  create table feed_entry (
    position bigint generated always as identity primary key,
    license_id int not null,
    topic text not null,
    client_id text not null,
    bot_agent_id text not null,
    data jsonb not null,
    created_at timestamptz(3) not null default clock_timestamp()
  );
  create index on feed_entry (license_id, topic, position);
  create table audit_entry (
    id bigint generated always as identity primary key,
    license_id int not null,
    owner_client_id text not null,
    bot_agent_id text not null,
    action text not null,
    client_id text,
    created_at timestamptz(3) not null default clock_timestamp()
  );
  create index on audit_entry (license_id, owner_client_id, id);
  create index on audit_entry (bot_agent_id, id);`

/** Bot agents as a schema in normal form has them: a table of groups and one of actions, in the order of their keys. */
export function fillNormalised(databaseUrl: string, perLicense: number): Promise<void> {
  return run(databaseUrl, [
    types,
    botAgent(''),
    `create table bot_agent_group (
       bot_agent_id text not null references bot_agent on delete cascade,
       position smallint not null,
       id int not null,
       priority group_priority not null,
       primary key (bot_agent_id, position)
     );
     create table bot_agent_action (
       bot_agent_id text not null references bot_agent on delete cascade,
       position smallint not null,
       name text not null,
       primary key (bot_agent_id, position)
     );`,
    changes,
    botAgents(perLicense, { columns: '', values: '' }),
    `insert into bot_agent_group select id, position, position, (array['FIRST', 'NORMAL', 'LAST'])[position]::group_priority
     from bot_agent, generate_series(1, 3) position`,
    `insert into bot_agent_action
     select id, position, case when position = 2 then 'THREAD_CLOSED' when ${isFirst} then 'INCOMING_EVENT' else 'CHAT_USER_ADDED' end
     from bot_agent, generate_series(1, 2) position`,
  ])
}

/** Bot agents as the gateway has them: groups and actions are in their row. */
export function fillOneRow(databaseUrl: string, perLicense: number): Promise<void> {
  return run(databaseUrl, [
    types,
    botAgent('groups jsonb not null, webhooks_actions jsonb,'),
    changes,
    botAgents(perLicense, {
      columns: ', groups, webhooks_actions',
      values: `, '[{"id": 1, "priority": "FIRST"}, {"id": 2, "priority": "NORMAL"}, {"id": 3, "priority": "LAST"}]',
        jsonb_build_array(
          jsonb_build_object('name', case bot when 0 then 'INCOMING_EVENT' else 'CHAT_USER_ADDED' end),
          jsonb_build_object('name', 'THREAD_CLOSED'))`,
    }),
  ])
}

const isFirst = "id like '%0000000000000000'"

function botAgents(perLicense: number, more: { columns: string; values: string }): string {
  return `
    insert into bot_agent (id, license_id, client_id, name, status, max_chats_count, default_group_priority, webhooks_url, webhooks_state,
      created_at, updated_at ${more.columns})
    select lpad(license::text, 16, '0') || lpad(bot::text, 16, '0'), license, 'bench', 'Bot agent ' || bot, 'ACCEPTING_CHATS', 6, 'NORMAL',
      '${WEBHOOKS_URL}', 'PAUSED', created, created ${more.values}
    from generate_series(0, ${LICENSES - 1}) license, generate_series(0, ${perLicense - 1}) bot,
      lateral (select timestamptz '${FIRST_CREATED}' + bot * interval '1 second' as created) time`
}

async function run(databaseUrl: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.query('vacuum analyze')
  await client.end()
}

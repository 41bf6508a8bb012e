import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { create } from './support/bot-agents.ts'
import { publish } from './support/chat-events.ts'
import { clusterForTest } from './support/cluster.ts'
import { sql } from './support/database.ts'
import { untilSql } from './support/delivery-records.ts'
import { gatewayForTest } from './support/gateway.ts'
import { addBotAgents } from './support/many-bot-agents.ts'

const COMMITTED = 500

/** Stops the worker in the batch with which it has made more than `done` deliveries, until they are released. */
async function stopAfter(databaseUrl: string, done: number) {
  const holder = new pg.Client({ connectionString: databaseUrl })
  await holder.connect()
  onTestFinished(() => holder.end())
  await holder.query('select pg_advisory_lock(7)')
  await sql(
    databaseUrl,
    `create function hold_back() returns trigger language plpgsql as $$
       begin perform pg_advisory_xact_lock_shared(7); return new; end $$;
     create trigger hold_back before update on fan_out for each row when (new.done > ${done}) execute function hold_back()`,
  )
  return {
    isReached: () =>
      untilSql(databaseUrl, `select from pg_locks where locktype = 'advisory' and objid = 7 and not granted`),
    release: () => holder.query('select pg_advisory_unlock(7)'),
  }
}

const untilDone = (databaseUrl: string) => untilSql(databaseUrl, 'select where not exists (select from fan_out)')

/** How many deliveries there are of each event that has some, and whether any is there twice. */
const deliveries = (databaseUrl: string) =>
  sql<{ matched: number; made: number; different: number }>(
    databaseUrl,
    `select matched, count(*)::int as made, count(distinct bot_agent_id)::int as different
     from webhook_delivery join chat_event on chat_event.id = chat_event_id group by chat_event.id order by chat_event.id`,
  )

describe('an event that reaches more bot agents than one commit takes', () => {
  it('reaches each of them once, even if its gateway dies in between, except those that are removed first', {
    timeout: 120_000,
  }, async () => {
    const { start, token, databaseUrl } = await clusterForTest()
    const gateway = await start()
    const chat = await token({ licenseId: 7 })
    await addBotAgents(databaseUrl, {
      licenseId: 7,
      clientId: 'app',
      count: 2_300,
      actions: [{ name: 'INCOMING_EVENT', additionalData: [] }],
    })
    const { isReached, release } = await stopAfter(databaseUrl, 1_200)
    expect((await publish(gateway, chat)).matched).toBe(2_300)
    await isReached()
    await gateway.end('SIGKILL')
    expect(await deliveries(databaseUrl)).toEqual([{ matched: 2_300, made: 1_000, different: 1_000 }])

    await sql(
      databaseUrl,
      `delete from bot_agent where id = (
         select id from bot_agent where not exists (select from webhook_delivery where bot_agent_id = bot_agent.id) limit 1)`,
    )
    await release()
    await start()
    await untilDone(databaseUrl)
    expect(await deliveries(databaseUrl)).toEqual([{ matched: 2_300, made: 2_299, different: 2_299 }])
    const [entries] = await sql<{ count: number }>(
      databaseUrl,
      `select count(distinct data->>'deliveryId')::int as count from feed_entry where topic = 'WEBHOOK_DELIVERY'`,
    )
    expect(entries?.count).toBe(2_299)
  })

  it('is committed with the deliveries to those that get the events of a chat in order', async () => {
    const gateway = await gatewayForTest()
    const { databaseUrl } = gateway
    const token = await gateway.token({ licenseId: 7 })
    const bots = { licenseId: 7, clientId: 'app', actions: [{ name: 'INCOMING_EVENT', additionalData: [] }] }
    await addBotAgents(databaseUrl, { ...bots, count: 700 })
    await addBotAgents(databaseUrl, { ...bots, count: 600, order: 'CHAT' })
    const { release } = await stopAfter(databaseUrl, 0)
    const { matched } = await publish(gateway, token, { chat: { id: 'a chat' } })
    const made = await sql(
      databaseUrl,
      `select webhooks_order::text as "order", chat_id as chat, count(*)::int as count
       from webhook_delivery join bot_agent on bot_agent.id = bot_agent_id group by 1, 2`,
    )
    await release()
    expect(matched).toBe(1_300)
    expect(made).toEqual([{ order: 'CHAT', chat: 'a chat', count: 600 }])
  })
})

describe('a revocation that logs out many bot agents, which many listen to', () => {
  const listens = [{ name: 'AGENT_STATUS_CHANGED', additionalData: [] }]
  const setUp = async (count: number) => {
    const gateway = await gatewayForTest({ env: { LOG_LEVEL: 'trace' } })
    const { databaseUrl } = gateway
    const token = await gateway.token({ licenseId: 7, clientId: 'leaving' })
    const like = await create(gateway, token, { status: 'ACCEPTING_CHATS' })
    await addBotAgents(databaseUrl, { licenseId: 7, clientId: 'leaving', count: count - 1, like })
    await addBotAgents(databaseUrl, { licenseId: 7, clientId: 'app', count, actions: listens })
    const revoke = () =>
      fetch(new URL('/oauth/revoke', gateway.url), { method: 'POST', body: new URLSearchParams({ token }) })
    return { gateway, databaseUrl, revoke }
  }

  it('commits with the log-outs and the first deliveries only', async () => {
    const { databaseUrl, revoke } = await setUp(300)
    const { release } = await stopAfter(databaseUrl, 0)
    const { status } = await revoke()
    const [found] = await sql(
      databaseUrl,
      `select
         (select count(*)::int from bot_agent where client_id = 'leaving' and status = 'OFFLINE') as offline,
         (select count(*)::int from feed_entry where data->>'reason' = 'TOKEN_REVOKED') as told,
         (select count(*)::int from chat_event where data like '%offline%' and matched = 300) as events,
         (select count(*)::int from webhook_delivery) as deliveries`,
    )
    await release()
    expect(status).toBe(200)
    expect(found).toEqual({ offline: 300, told: 300, events: 300, deliveries: COMMITTED })
  })

  it('tells each listener of each of them once', async () => {
    const { databaseUrl, revoke } = await setUp(40)
    expect((await revoke()).status).toBe(200)
    await untilDone(databaseUrl)
    expect(await deliveries(databaseUrl)).toEqual(
      Array.from({ length: 40 }, () => ({ matched: 40, made: 40, different: 40 })),
    )
  })
})

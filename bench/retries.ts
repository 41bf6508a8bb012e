import type pg from 'pg'
import { columnsOf } from './columns.ts'

const BATCH = 100_000

/** Adds deliveries that failed once and are due again in six hours: copies of one that the bot agent has. */
export async function addRetries(client: pg.ClientBase, botAgentId: string, count: number): Promise<void> {
  const written: Record<string, string> = {
    id: `'dlv_' || md5(copy::text)`,
    state: `'PENDING'`,
    failures: '1',
    next_attempt_at: `clock_timestamp() + interval '6 hours'`,
    finished_at: 'null',
  }
  const names = (await columnsOf(client, 'webhook_delivery'))
    .map(({ name }) => name)
    .filter((name) => name !== 'number')
  const values = names.map((name) => written[name] ?? `original.${name}`)
  for (let first = 1; first <= count; first += BATCH) {
    await client.query(
      `insert into webhook_delivery (${names.join(', ')})
      select ${values.join(', ')}
      from (select * from webhook_delivery where bot_agent_id = $1 order by created_at limit 1) original
      cross join generate_series($2::int, $3::int) copy`,
      [botAgentId, first, Math.min(count, first + BATCH - 1)],
    )
  }
  await client.query('vacuum analyze webhook_delivery')
}

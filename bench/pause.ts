import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'

/** Lets the webhooks of all bot agents wait, so that a backlog can be made. */
export async function pauseWebhooks(client: pg.ClientBase): Promise<void> {
  await client.query(`update bot_agent set webhooks_state = 'PAUSED', webhooks_paused_until = 'infinity'`)
}

/** Lets them flow. The gateway finds out at its next look. */
export async function resumeWebhooks(client: pg.ClientBase): Promise<void> {
  await client.query(`update bot_agent set webhooks_state = 'ACTIVE', webhooks_paused_until = null`)
}

/** Resolves when nothing is due any more: everything that was sent is recorded. @throws if that takes too long */
export async function allRecorded(client: pg.ClientBase, { withinMs } = { withinMs: 60_000 }): Promise<void> {
  for (const end = Date.now() + withinMs; Date.now() < end; await delay(20)) {
    const { rowCount } = await client.query(
      `select from webhook_delivery
      where state = 'PENDING' and next_attempt_at < (select clock_timestamp() + interval '1 hour') limit 1`,
    )
    if (rowCount === 0) return
  }
  throw new Error(`Deliveries are still due after ${withinMs / 1_000} s`)
}

import type { Logger } from 'pino'
import { Prisma } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'
import type { Change, Changes } from '../feed/change.ts'
import { joinedRuns } from '../process/joined-runs.ts'
import { now } from './claim-sql.ts'
import { report, reportedColumns } from './delivery-sql.ts'
import { ofBotAgent } from './of-bot-agent.ts'
import { heldTallied } from './tally.ts'

const BATCH = 500
/** For how long a bot agent is looked at again: a delivery may have been written at the moment when its webhooks were stopped. */
const LATE_SECONDS = 60

/**
 * The part of a statement that records that the webhooks of bot agents are stopped.
 * @param botAgentIds selects their ids
 * @param as.cancel whether what waits is cancelled; otherwise it is held
 */
export function stopped(botAgentIds: Prisma.Sql, as: { cancel: boolean }): Prisma.Sql {
  return Prisma.sql`
    insert into stopped_webhooks (bot_agent_id, cancel) select id, ${as.cancel} from (${botAgentIds}) as given(id) order by id
    on conflict (bot_agent_id, cancel) do update set stopped_at = clock_timestamp()`
}

/**
 * Cancels or holds the deliveries that wait for stopped webhooks. There may be any number of them. So the change that stops the webhooks
 * only records that it did, and this works through the deliveries in batches, on whichever gateway comes first. Meanwhile nothing is
 * sent: a claim reads the state of the bot agent.
 */
export class StoppedWebhooks {
  readonly #database: Database
  readonly #changes: Changes
  readonly #log: Logger
  /** Works through everything that is recorded by the time of the call. */
  readonly settle = joinedRuns(() => this.#settle())

  constructor({ database, changes, log }: { database: Database; changes: Changes; log: Logger }) {
    this.#database = database
    this.#changes = changes
    this.#log = log
  }

  /** Records it as part of a change, after which the deliveries are cancelled. */
  async cancelAll(change: Change, botAgentId: string): Promise<void> {
    await change.transaction.$executeRaw(stopped(Prisma.sql`select ${botAgentId}`, { cancel: true }))
    change.afterCommit(this.wake)
  }

  /** Records bot agents that a claim has found to be disabled or removed, although deliveries wait for them. */
  async found(botAgentIds: readonly string[]): Promise<void> {
    await this.#database.$executeRaw`
      insert into stopped_webhooks (bot_agent_id, cancel)
      select given.id, webhooks_url is null from unnest(${[...botAgentIds]}::text[]) as given(id)
      left join bot_agent on bot_agent.id = given.id
      where webhooks_url is null or webhooks_state = 'DISABLED'
      order by given.id
      on conflict (bot_agent_id, cancel) do update set stopped_at = clock_timestamp()`
    this.wake()
  }

  /** Works through everything that is recorded, behind the caller. */
  readonly wake = (): void => {
    this.settle().catch((error: unknown) =>
      this.#log.warn({ err: error }, 'waiting webhooks could not be cancelled or held: trying again within a minute'),
    )
  }

  async #settle(): Promise<void> {
    const stopped = await this.#database.stoppedWebhooks.findMany({ take: 1_000, orderBy: { stoppedAt: 'asc' } })
    for (const { botAgentId, cancel, stoppedAt } of stopped) {
      await inBatches(BATCH, () => this.#batch(botAgentId, cancel, stoppedAt))
    }
    await this.#database.$executeRaw`
        delete from stopped_webhooks
        where stopped_at < ${now} - ${LATE_SECONDS} * interval '1 second'
          and bot_agent_id = any(${stopped.map(({ botAgentId }) => botAgentId)}::text[])`
  }

  /** Skips what is locked: it is being written, and the next look finds it. */
  #batch(botAgentId: string, cancel: boolean, stoppedAt: Date): Promise<number> {
    const waiting = cancel
      ? Prisma.sql`state in ('PENDING', 'HELD') and greatest(created_at, replayed_at) <= ${stoppedAt}`
      : Prisma.sql`state = 'PENDING' and not ping
          and exists (select from bot_agent where id = ${botAgentId} and webhooks_state = 'DISABLED')`
    const ended = cancel ? Prisma.sql`state = 'CANCELLED', finished_at = clock_timestamp()` : Prisma.sql`state = 'HELD'`
    return this.#changes.commitStatement((change) =>
      report(
        change,
        (entries) => Prisma.sql`
          with locked as (
            select id from webhook_delivery where ${ofBotAgent(botAgentId)} and ${waiting}
            order by state, number
            limit ${BATCH} for update skip locked
          ), ended as (
            update webhook_delivery delivery set ${ended}, next_attempt_at = null
            from locked where delivery.id = locked.id
            returning ${reportedColumns}
          ), held as (${heldTallied('ended')}
          )
          ${entries('ended')}`,
      ),
    )
  }
}

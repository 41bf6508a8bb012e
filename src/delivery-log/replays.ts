import type { Logger } from 'pino'
import { newId } from '../contract/identifier.ts'
import { Prisma, type WebhookDeliveryState } from '../database/client/client.ts'
import type { Database, Transaction } from '../database/database.ts'
import { ofBotAgent } from '../deliveries/of-bot-agent.ts'
import type { Outbox } from '../deliveries/outbox.ts'
import type { Changes, StatementChange } from '../feed/change.ts'
import type { Actor } from '../identity/actor.ts'
import { own } from '../identity/reach.ts'

/** The deliveries of one bot agent to replay. */
export interface ReplayRange {
  readonly botAgentId: string
  readonly states: readonly WebhookDeliveryState[]
  readonly since?: Date | null | undefined
  readonly until?: Date | null | undefined
}

/** A replay, and how far it has come. */
interface Replay extends Pick<Actor, 'licenseId' | 'clientId' | 'accessTokenHash' | 'address'> {
  /** The id of its entry in the audit trail. */
  readonly id: string
  readonly botAgentId: string
  readonly states: WebhookDeliveryState[]
  readonly since: Date | null
  readonly until: Date | null
  /** Deliveries that were replayed since then are left out: this replay did it, or another one. */
  readonly begun: Date
  /** The numbers of the last delivery that was looked at, and of the last one to look at. */
  readonly after: bigint
  readonly through: bigint
}

interface Walked {
  readonly id: string
  readonly number: bigint
  readonly ping: boolean
  readonly createdAt: Date
}

/** Deliveries that one change replays. A replay of no more is done when its request is answered. */
const BATCH = 1_000
/** The rest of a replay is counted up to here. */
const MOST_COUNTED = 100_000
/** By how many seconds the times of creation of two deliveries may differ from the order of their numbers. */
const DISORDER_SECONDS = 5

/** Sends ranges of deliveries again. */
export type Replays = ReturnType<typeof createReplays>

/**
 * A range may have any number of deliveries. So a request replays the first ones, and records what is left. That is worked through in
 * batches, oldest first, by whichever gateway comes first: each batch is a change of its own, which also notes how far it has come.
 */
export function createReplays(options: { database: Database; changes: Changes; outbox: Outbox; log: Logger }) {
  const { database, changes, outbox, log } = options
  let running: Promise<void> | undefined
  let again = false
  let stopping = false

  const replayBatch = (change: StatementChange, replay: Replay, walked: readonly Walked[]): Promise<number> => {
    const { id: entry, botAgentId, states, begun, since, until } = replay
    const meant = walked.filter(
      ({ ping, createdAt }) => !ping && (!since || createdAt >= since) && (!until || createdAt <= until),
    )
    const botAgent = { ...own(replay), id: botAgentId }
    return outbox.replay(change, replay, { entry, botAgent, ids: meant.map(({ id }) => id), met: { states, begun } })
  }

  /**
   * Replays the next batch of a recorded replay.
   * @param failed ids of replays to leave alone. One that fails is added
   * @returns whether there was one that no other gateway is working on
   */
  const settleOne = (failed: Set<string>): Promise<boolean> => {
    let current: string | undefined
    return changes
      .commit(async (change) => {
        const { transaction } = change
        const [row] = await transaction.$queryRaw<Replay[]>`
        select id, license_id as "licenseId", client_id as "clientId", access_token_hash as "accessTokenHash", address,
          bot_agent_id as "botAgentId", states::text[], since, until, begun, after, through
        from webhook_replay where id <> all(${[...failed]}) order by begun limit 1 for update skip locked`
        if (!row) return false
        current = row.id
        const replay = { ...row, accessTokenHash: Buffer.from(row.accessTokenHash) }
        const { id } = replay
        const walked = await walk(transaction, replay)
        await replayBatch(change, replay, walked)
        const last = walked.at(-1)
        if (last && walked.length === BATCH) {
          await transaction.webhookReplay.update({ where: { id }, data: { after: last.number } })
        } else await transaction.webhookReplay.delete({ where: { id } })
        return true
      })
      .catch((error: unknown) => {
        if (current === undefined) throw error
        log.warn({ err: error }, 'webhooks could not be replayed: trying again within a minute')
        failed.add(current)
        return true
      })
  }

  const settleAll = async () => {
    do {
      again = false
      const failed = new Set<string>()
      while (!stopping && (await settleOne(failed))) again = false
    } while (again && !stopping)
  }

  /** Works through everything that is recorded, unless other gateways do. */
  const settle = (): Promise<void> => {
    again = running !== undefined
    running ??= settleAll().finally(() => {
      running = undefined
    })
    return running
  }

  return {
    settle,

    /** Resolves when no batch is under way any more. */
    async stop(): Promise<void> {
      stopping = true
      await running?.catch(() => {})
    },

    /**
     * Sends a range of deliveries again. Of concurrent replays, only one replays each delivery.
     * @returns how many deliveries are replayed; if more than one request replays, how many the range has, counted up to a limit
     */
    async replay(actor: Actor, range: ReplayRange): Promise<number> {
      const { licenseId, clientId, accessTokenHash, address } = actor
      const { botAgentId, since = null, until = null } = range
      const states = [...new Set(range.states)]
      const replay: Replay = {
        ...{ id: newId('aud_'), licenseId, clientId, accessTokenHash, address, botAgentId, states, since, until },
        ...(await bounds(database, { botAgentId, states, since, until })),
      }
      const walked = await walk(database, replay)
      const last = walked.at(-1)
      if (!last) return 0
      if (walked.length < BATCH) return changes.commitStatement((change) => replayBatch(change, replay, walked))
      const rest = { ...replay, after: last.number }
      const replayed = await changes.commit(async (change) => {
        await change.transaction.webhookReplay.create({ data: rest })
        change.afterCommit(() =>
          settle().catch((error: unknown) =>
            log.warn({ err: error }, 'webhooks could not be replayed: trying again within a minute'),
          ),
        )
        return replayBatch(change, replay, walked)
      })
      return replayed + (await count(database, rest))
    },
  }
}

type Numbered = Pick<Replay, 'botAgentId' | 'states' | 'after' | 'through'>

/** The range of an index that has the deliveries of one bot agent and one state, in the order of their numbers. */
function ofState(botAgentId: string): Prisma.Sql {
  return Prisma.sql`${ofBotAgent(botAgentId)} and state = given.state`
}

function given(states: readonly WebhookDeliveryState[]): Prisma.Sql {
  return Prisma.sql`unnest(${[...states]}::webhook_delivery_state[]) as given(state)`
}

/** The next deliveries of all states together, in the order of their numbers. */
function walk(transaction: Transaction, { botAgentId, states, after, through }: Numbered): Promise<Walked[]> {
  return transaction.$queryRaw<Walked[]>`
    select id, number, ping, created_at as "createdAt" from ${given(states)} cross join lateral (
      select id, number, ping, created_at from webhook_delivery
      where ${ofState(botAgentId)} and number > ${after} and number <= ${through}
      order by number limit ${BATCH}
    ) delivery
    order by number limit ${BATCH}`
}

async function count(database: Database, { botAgentId, states, after, through }: Numbered): Promise<number> {
  const [row] = await database.$queryRaw<[{ count: number }]>`
    select count(*)::int as count from (
      select from ${given(states)} cross join lateral (
        select from webhook_delivery where ${ofState(botAgentId)} and number > ${after} and number <= ${through}
        order by number limit ${MOST_COUNTED}
      ) delivery limit ${MOST_COUNTED}
    ) counted`
  return row.count
}

/** When a replay begins, and between which numbers its deliveries are. */
async function bounds(
  database: Database,
  { botAgentId, states, since, until }: Pick<Replay, 'botAgentId' | 'states' | 'since' | 'until'>,
): Promise<Pick<Replay, 'begun' | 'after' | 'through'>> {
  const [now] = await database.$queryRaw<[{ begun: Date; last: bigint }]>`
    select clock_timestamp() as begun, last_value as last from webhook_delivery_number_seq`
  const { begun, last } = now
  if (!since && !until) return { begun, after: 0n, through: last }
  // No index has the time of creation, but it grows with the number: so the number is found by halving.
  const numberAt = (time: Date, disorder: number, which: 'min' | 'max') => Prisma.sql`(
    with recursive halved as (
      select state, 0::bigint as low, ${last}::bigint + 1 as high from ${given(states)}
      union all
      select state, case when before then middle else low end, case when before then high else middle end
      from halved as given cross join lateral (select (low + high) / 2 as middle) halves cross join lateral (
        select coalesce((
          select created_at < ${time}::timestamptz + ${disorder} * interval '1 second' from webhook_delivery
          where ${ofState(botAgentId)} and number >= middle order by number limit 1
        ), false) as before
      ) looked
      where high - low > 1
    )
    select ${Prisma.raw(which)}(low) from halved where high - low = 1)`
  const [found] = await database.$queryRaw<[{ after: bigint | null; through: bigint | null }]>`
    select ${since ? numberAt(since, -DISORDER_SECONDS, 'min') : Prisma.sql`0::bigint`} as after,
      ${until ? numberAt(until, DISORDER_SECONDS, 'max') : Prisma.sql`${last}::bigint`} as through`
  return { begun, after: found.after ?? 0n, through: found.through ?? 0n }
}

import type { Logger } from 'pino'
import { z } from 'zod'
import { newId } from '../contract/identifier.ts'
import { broken, userError, validate } from '../contract/user-error.ts'
import { inOrder } from '../contract/validation.ts'
import { Prisma, type WebhookDeliveryState } from '../database/client/client.ts'
import type { Database, Transaction } from '../database/database.ts'
import { lastValueOf } from '../database/last-value.ts'
import type { Outbox } from '../deliveries/outbox.ts'
import type { Changes, StatementChange } from '../feed/change.ts'
import type { Actor } from '../identity/actor.ts'
import { own } from '../identity/reach.ts'
import { both, type DeliveryFilter, deliveryFilterRules, statesOf } from './delivery-filter.ts'
import { count, type Scanned, scan } from './delivery-scan.ts'

/** The deliveries of one bot agent to replay. */
export interface ReplayRange {
  readonly botAgentId: string
  readonly states?: readonly WebhookDeliveryState[] | null | undefined
  readonly since?: Date | null | undefined
  readonly until?: Date | null | undefined
  /** In the form of deliveryFilter. */
  readonly filter?: object | null | undefined
  /** Whether they are only counted. */
  readonly dryRun?: boolean | null | undefined
}

/** What a replay comes to. */
export interface Replayed {
  /** How many deliveries it finds, up to a limit, and whether there are no more. */
  readonly matching: number
  readonly isExact: boolean
  /** How many are or will be replayed. */
  readonly replayed: number
}

const absent = <Value>(value: Value | null | undefined) => value ?? undefined
const time = z.date().nullish().transform(absent)
const rangeRules = z
  .object({ since: time, until: time, filter: deliveryFilterRules })
  .superRefine(inOrder('since', 'until'))
  .superRefine(({ since, until, filter }, { addIssue }) => {
    if (since && until && since > until) return
    if (since && filter.createdUntil && since > filter.createdUntil) {
      addIssue({ ...broken('is after `filter.createdUntil`', { reason: 'OUT_OF_RANGE' }), path: ['since'] })
    }
    if (until && filter.createdSince && until < filter.createdSince) {
      addIssue({ ...broken('is before `filter.createdSince`', { reason: 'OUT_OF_RANGE' }), path: ['until'] })
    }
  })

/**
 * @throws UserErrors VALIDATION for a filter that is not valid, one without states, or one that nothing can pass: who replays has a reason,
 *   and should not take 0 for the answer
 */
export function replayFilter({ botAgentId, states, since, until, filter }: ReplayRange): DeliveryFilter {
  const { filter: given } = validate(rangeRules, { since, until, filter: filter ?? {} })
  const contradicting: [is: boolean, path: string[], message: string][] = [
    [given.ping === true, ['filter', 'ping'], 'must not be true: pings are not replayed. Send another one instead'],
    [
      given.botAgentIds?.includes(botAgentId) === false,
      ['filter', 'botAgentIds'],
      'does not name the bot agent of `botAgentId`, and a replay is of that one. Leave it out',
    ],
    [
      Boolean(states?.length && given.states?.length) && !states?.some((state) => given.states?.includes(state)),
      ['filter', 'states'],
      'has none of the `states` beside it, and both must hold',
    ],
  ]
  const [wrong] = contradicting.filter(([is]) => is)
  if (wrong) throw userError('VALIDATION', wrong[1], wrong[2], { reason: 'NOT_ALLOWED' })
  if (!states && !given.states) {
    throw userError('VALIDATION', ['states'], 'is missing: give `states`, or `filter.states`', { reason: 'REQUIRED' })
  }
  const range = { states: states ?? undefined, createdSince: since ?? undefined, createdUntil: until ?? undefined }
  // A ping is never sent again together with others.
  return both(given, { ...range, ping: false })
}

/** A replay, and how far it has come. */
interface Replay extends Pick<Actor, 'licenseId' | 'clientId' | 'accessTokenHash' | 'address'> {
  /** The id of its entry in the audit trail. */
  readonly id: string
  readonly botAgentId: string
  readonly filter: DeliveryFilter
  /** Deliveries that were replayed since then are left out: this replay did it, or another one. */
  readonly begun: Date
  /** The numbers of the last delivery that was looked at, and of the last one to look at. */
  readonly after: bigint
  readonly through: bigint
}

/** A replay as it is recorded: some of its filter has columns of its own. */
type ReplayRow = Omit<Replay, 'filter'> & {
  readonly states: WebhookDeliveryState[]
  readonly since: Date | null
  readonly until: Date | null
  readonly filter: unknown
}

/** Deliveries that one change replays, and how many it looks at for that. A replay of no more is done when its request is answered. */
const BATCH = { take: 1_000, look: 10_000 }
/** The number up to which a replay, or what is left of it, is counted, and how many deliveries are looked at for that. */
const COUNTED = { most: 100_000, look: 100_000 }

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

  const replayBatch = (change: StatementChange, replay: Replay, found: readonly { id: string }[]): Promise<number> => {
    const { id: entry, botAgentId, filter, begun } = replay
    const botAgent = { ...own(replay), id: botAgentId }
    const met = { states: statesOf(filter), begun }
    return outbox.replay(change, replay, { entry, botAgent, ids: found.map(({ id }) => id), met })
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
        const [row] = await transaction.$queryRaw<ReplayRow[]>`
        select id, license_id as "licenseId", client_id as "clientId", access_token_hash as "accessTokenHash", address,
          bot_agent_id as "botAgentId", states::text[], since, until, filter, begun, after, through
        from webhook_replay where id <> all(${[...failed]}) order by begun limit 1 for update skip locked`
        if (!row) return false
        current = row.id
        const replay = replayOf(row)
        const { id } = replay
        const { rows, through } = await next(transaction, replay)
        await replayBatch(change, replay, rows)
        if (through !== null) await transaction.webhookReplay.update({ where: { id }, data: { after: through } })
        else await transaction.webhookReplay.delete({ where: { id } })
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

    /** @returns how many deliveries `replay` would replay now. Changes nothing */
    async count(actor: Actor, botAgentId: string, filter: DeliveryFilter): Promise<Replayed> {
      const { count: matching, isExact } = await count(
        database,
        selectionOf({ ...own(actor), botAgentId, filter }),
        COUNTED,
      )
      return { matching, isExact, replayed: 0 }
    },

    /** Sends a range of deliveries again. Of concurrent replays, only one replays each delivery. */
    async replay(actor: Actor, botAgentId: string, filter: DeliveryFilter): Promise<Replayed> {
      const { licenseId, clientId, accessTokenHash, address } = actor
      const [{ begun, last }] = await database.$queryRaw<[{ begun: Date; last: bigint }]>`
        select clock_timestamp() as begun, ${Prisma.raw(lastValueOf('webhook_delivery_number_seq'))} as last`
      const replay: Replay = {
        ...{ id: newId('aud_'), licenseId, clientId, accessTokenHash, address, botAgentId, filter },
        ...{ begun, after: 0n, through: last },
      }
      const { rows, through } = await next(database, replay)
      const found = rows.length
      if (through === null) {
        const replayed = found === 0 ? 0 : await changes.commitStatement((change) => replayBatch(change, replay, rows))
        return { matching: found, isExact: true, replayed }
      }
      const rest = { ...replay, after: through }
      // Before the commit: if it takes too long, nothing is changed. What is replayed beside it would be missing afterwards.
      const left = await count(database, selectionOf(rest), { ...COUNTED, numbers: numbersOf(rest) })
      const replayed = await changes.commit(async (change) => {
        await change.transaction.webhookReplay.create({ data: rowOf(rest) })
        change.afterCommit(() =>
          settle().catch((error: unknown) =>
            log.warn({ err: error }, 'webhooks could not be replayed: trying again within a minute'),
          ),
        )
        return replayBatch(change, replay, rows)
      })
      return { matching: found + left.count, isExact: left.isExact, replayed: replayed + left.count }
    },
  }
}

function selectionOf({
  botAgentId,
  filter,
  ...actor
}: Pick<Replay, 'licenseId' | 'clientId' | 'botAgentId' | 'filter'>) {
  const reach = own(actor)
  return { reach, filter: both(filter, { botAgentIds: [botAgentId] }), viewer: reach.clientId }
}

function numbersOf({ after, through }: Replay): Prisma.Sql {
  return Prisma.sql`and number > ${after} and number <= ${through}`
}

/** The next deliveries, in the order of their numbers. */
function next(database: Transaction, replay: Replay): Promise<Scanned<{ id: string; number: bigint }>> {
  const options = { ...BATCH, numbers: numbersOf(replay), descending: false }
  return scan(database, Prisma.sql`delivery.id, delivery.number`, selectionOf(replay), options)
}

function rowOf({ filter: { states = [], createdSince, createdUntil, ...filter }, ...replay }: Replay) {
  return {
    ...replay,
    states: [...states],
    since: createdSince ?? null,
    until: createdUntil ?? null,
    // Without what is absent.
    filter: JSON.parse(JSON.stringify(filter)) as Prisma.InputJsonObject,
  }
}

function replayOf({ states, since, until, filter, accessTokenHash, ...row }: ReplayRow): Replay {
  const range = { states, createdSince: since ?? undefined, createdUntil: until ?? undefined, ping: false }
  const recorded = deliveryFilterRules.parse(filter ?? {})
  return { ...row, accessTokenHash: Buffer.from(accessTokenHash), filter: both(recorded, range) }
}

import { isIdOf } from '../contract/identifier.ts'
import { MOST_REPORTED, UserErrors, userError } from '../contract/user-error.ts'
import type { Change, Changes } from '../feed/change.ts'
import { type Payload, settle } from '../graphql/mutation.ts'
import type { Actor } from '../identity/actor.ts'
import { own, type Reach, reachOf } from '../identity/reach.ts'
import type { TokenBinding } from '../identity/revocation/revocation-service.ts'
import type { BotAgent } from './bot-agent.ts'
import { within } from './bot-agent-columns.ts'
import { botAgentPolicy } from './bot-agent-policy.ts'
import type { BotAgents } from './bot-agent-service.ts'

export const MOST_IN_BATCH = 100

/** A batch that has run for longer than this, in milliseconds, begins no further item. */
const LONGEST = 15_000

/** Errors that one batch reports. Beyond that, each item reports its first. */
const MOST_REPORTED_IN_ALL = 10 * MOST_REPORTED

export interface Batch<Item> {
  readonly items: readonly Item[]
  /** Whether either all items take effect or none. */
  readonly atomic: boolean
}

/** The payload of each item, in order; an error where it is not the input that is wrong. */
export type Results<Result> = readonly (Payload<Result> | Error)[]

/** Writes one item, as a part of the change if there is one. */
type Write<Item, Result> = (item: Item, change?: Change) => Promise<Result>

/** The bot agents that items are about. */
interface Named<Item> {
  readonly idOf: (item: Item) => string
  readonly reach: Reach | undefined
}

/** Writes many bot agents at once. Each item goes the way of the single operation: the same rules, limits, events and audit trail. */
export type BotAgentBatches = ReturnType<typeof createBotAgentBatches>

export function createBotAgentBatches(options: { botAgents: BotAgents; changes: Changes; binding: TokenBinding }) {
  const { botAgents, changes, binding } = options

  async function oneByOne<Item, Result>(items: readonly Item[], write: Write<Item, Result>): Promise<Results<Result>> {
    const results: (Payload<Result> | Error)[] = []
    const end = performance.now() + LONGEST
    let failed = false
    for (const item of items) {
      const isOver = failed || performance.now() > end
      const result = await settle(() => {
        if (isOver) throw notTried()
        return write(item)
      }).catch((error: Error) => {
        // What came before has taken effect. The error of the whole field would hide that.
        if (results.length === 0) throw error
        failed = true
        return error
      })
      results.push(result)
    }
    return results
  }

  /**
   * Locks the token and then all bot agents, in the order of a revocation, before it writes anything. So there are no deadlocks, and nothing
   * waits for the row of a bot agent once it has appended to the feed, which would hold up streams.
   */
  async function together<Item, Result>(
    actor: Actor,
    items: readonly Item[],
    write: Write<Item, Result>,
    named?: Named<Item>,
  ): Promise<Results<Result>> {
    const outcomes: (() => Result)[] = []
    const places = [...items.entries()]
    if (named) places.sort(([, one], [, other]) => inOrder(named.idOf(one), named.idOf(other)))
    try {
      await changes.commit(async (change) => {
        await binding.bind(change, actor)
        if (named?.reach) await lock(change, named.reach, items.map(named.idOf))
        // Goes on after a mistake, to report the others as well.
        for (const [place, item] of places) outcomes[place] = await outcomeOf(() => write(item, change))
        for (const outcome of outcomes) outcome()
      })
      return outcomes.map((outcome) => ({ result: outcome(), userErrors: [] }))
    } catch (error) {
      if (!(error instanceof UserErrors)) throw error
    }
    const undone = (outcome: () => Result) =>
      settle(async () => {
        outcome()
        throw otherFailed()
      })
    return Promise.all(outcomes.map(undone))
  }

  async function run<Item, Result>(
    actor: Actor,
    { items, atomic }: Batch<Item>,
    write: Write<Item, Result>,
    named?: Named<Item>,
  ): Promise<Results<Result>> {
    return reported(await (atomic ? together(actor, items, write, named) : oneByOne(items, write)))
  }

  return {
    create: (actor: Actor, batch: Batch<object>): Promise<Results<BotAgent>> =>
      run(actor, batch, (input, change) => botAgents.create(actor, input, change)),

    update: (actor: Actor, batch: Batch<{ id: string }>): Promise<Results<BotAgent>> =>
      run(actor, batch, (input, change) => botAgents.update(actor, input, change), {
        idOf: ({ id }) => id,
        reach: own(actor),
      }),

    remove: (actor: Actor, batch: Batch<string>): Promise<Results<string>> =>
      run(actor, batch, (id, change) => botAgents.remove(actor, id, change), {
        idOf: (id) => id,
        reach: reachOf(actor, botAgentPolicy.remove),
      }),
  }
}

/** @throws UserErrors VALIDATION for more than `MOST_IN_BATCH` items */
export function demandFew(field: string, { length }: readonly unknown[]): void {
  if (length <= MOST_IN_BATCH) return
  const message = `must have at most ${MOST_IN_BATCH} items; it has ${length}`
  throw userError('VALIDATION', [field], message, { reason: 'TOO_MANY', min: 0, max: MOST_IN_BATCH })
}

async function lock({ transaction }: Change, reach: Reach, ids: readonly string[]): Promise<void> {
  const possible = ids.filter((id) => isIdOf('BotAgent', id))
  await transaction.$queryRaw`
    select id from bot_agent where id = any(${possible}::text[]) and ${within(reach)} order by id for update`
}

async function outcomeOf<Result>(write: () => Promise<Result>): Promise<() => Result> {
  try {
    const result = await write()
    return () => result
  } catch (error) {
    if (!(error instanceof UserErrors)) throw error
    return () => {
      throw error
    }
  }
}

function inOrder(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}

function reported<Result>(results: Results<Result>): Results<Result> {
  let left = MOST_REPORTED_IN_ALL
  return results.map((result) => {
    if (result instanceof Error) return result
    const userErrors = result.userErrors.slice(0, Math.max(left, 1))
    left -= userErrors.length
    return { ...result, userErrors }
  })
}

function notTried() {
  const message =
    'The batch ended before this item was tried, because an earlier one failed or took too long. Send it again.'
  return userError('CONFLICT', null, message, { reason: 'NOT_TRIED' })
}

function otherFailed() {
  const message = 'Nothing was changed, because another item of the batch has errors.'
  return userError('CONFLICT', null, message, { reason: 'OTHER_ITEM_FAILED' })
}

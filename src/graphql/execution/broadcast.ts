import type { ExecutionResult } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { FeedStreamPlace } from '../../feed/feed.ts'
import type { FeedEntry } from '../../feed/feed-entry.ts'
import { yieldEventLoop } from '../../feed/yield-event-loop.ts'
import { Unauthenticated } from '../../identity/unauthenticated.ts'
import { type Context, recheck, renewed } from '../context.ts'

/** Results that are remembered, and for how many milliseconds: those of events that are under way to their subscribers. */
const REMEMBERED = { max: 1_000, ttl: 2_000 }
/** Events that may wait to be passed on. */
const MOST_WAITING = 100

/** Members that are told before the clock is looked at. */
const AT_A_TIME = 16

/** A subscriber that has everything, and is told of what comes next. */
export interface Member {
  readonly context: Context
  readonly place: FeedStreamPlace
  /** Sends results to its client. @returns whether the client keeps up; if not, nothing was sent */
  readonly send: (results: readonly Buffer[]) => boolean
  /** Called when the member has to go on by itself, from its place. */
  readonly left: () => void
}

interface Waiting {
  readonly entry: FeedEntry
  readonly json: Promise<Buffer | undefined>
  /** Once it is known: the JSON of the result; null if each member has to find out by itself. */
  known: Buffer | null | undefined
}

/**
 * Equal subscriptions, of tokens that may see the same: an event is executed and written once for all of them. Members that are up to
 * date get it without a promise or a copy of their own. Whoever falls behind, or may no longer see it, goes on alone.
 */
export class Broadcast {
  /** Executes the subscription for an event. @throws what is the gateway's own fault */
  readonly #execute: (entry: FeedEntry, context: Context) => Promise<ExecutionResult>
  readonly #members = new Set<Member>()
  readonly #results = new LRUCache<bigint, Promise<ExecutionResult>>(REMEMBERED)
  #waiting: Waiting[] = []
  #isPassing = false
  #unfollow = () => {}
  /** Whether a result depends on who exactly asks: then each subscriber has results of its own. */
  #isPersonal = false

  constructor(execute: (entry: FeedEntry, context: Context) => Promise<ExecutionResult>) {
    this.#execute = execute
  }

  /** @returns the result for an event, for a subscriber that goes on alone @throws what is the gateway's own fault */
  async resultOf(entry: FeedEntry, context: Context): Promise<ExecutionResult> {
    if (this.#isPersonal) return this.#execute(entry, renewed(context))
    const known = this.#results.get(entry.position)
    if (known) {
      const result = await known
      return this.#isPersonal ? this.#execute(entry, renewed(context)) : result
    }
    const noteActor = () => {
      this.#isPersonal = true
    }
    const result = this.#execute(entry, { ...renewed(context), noteActor })
    this.#results.set(entry.position, result)
    result.catch(() => this.#results.delete(entry.position))
    return result
  }

  /** @returns whether it is a member now; if not, it has to read something by itself first */
  join(member: Member): boolean {
    if (this.#isPersonal) return false
    const pending = member.place.pending()
    const [first] = this.#waiting
    if (pending === 'behind' || (pending && !(first && first.entry.position <= pending.position))) return false
    if (this.#members.size === 0) this.#unfollow = member.place.follow((entry) => this.#tell(entry))
    this.#members.add(member)
    return true
  }

  leave(member: Member): void {
    if (!this.#members.delete(member)) return
    if (this.#members.size === 0) {
      this.#unfollow()
      this.#waiting = []
    }
    member.left()
  }

  #tell(entry: FeedEntry): void {
    if (this.#waiting.length >= MOST_WAITING) {
      for (const member of this.#members) this.leave(member)
      return
    }
    const waiting: Waiting = { entry, json: this.#jsonOf(entry), known: undefined }
    this.#waiting.push(waiting)
    void waiting.json.then((json) => {
      waiting.known = json ?? null
    })
    if (!this.#isPassing) void this.#pass()
  }

  /** @returns undefined if each member has to find out by itself */
  async #jsonOf(entry: FeedEntry): Promise<Buffer | undefined> {
    for (const { context } of this.#members) {
      if (!isUnchanged(context)) continue
      const result = await this.resultOf(entry, context).catch(() => undefined)
      return !result || result.errors || this.#isPersonal ? undefined : Buffer.from(JSON.stringify(result))
    }
    return undefined
  }

  /** Passes on what waits, in order: all that is known at a time, so that a client gets a burst with one write. */
  async #pass(): Promise<void> {
    this.#isPassing = true
    for (let [first] = this.#waiting; first; [first] = this.#waiting) {
      await first.json
      const waiting = this.#waiting
      const unknown = waiting.findIndex(({ known }) => known === undefined)
      const batch = waiting.slice(0, unknown < 0 ? undefined : unknown)
      await this.#passOn(batch)
      // It is another one if the last member has left.
      if (this.#waiting === waiting) waiting.splice(0, batch.length)
    }
    this.#isPassing = false
  }

  async #passOn(batch: readonly Waiting[]): Promise<void> {
    const checked = new Map<Context['authentication'], boolean>()
    const results = batch.flatMap(({ known }) => known ?? [])
    const through = batch.at(-1)?.entry.position ?? 0n
    let passed = 0
    // Those who join meanwhile are among them.
    for (const member of this.#members) {
      const { context, place } = member
      const { authentication } = context
      const isAllowed = checked.get(authentication) ?? isUnchanged(context)
      checked.set(authentication, isAllowed)
      const seen = batch.findIndex(({ entry }) => entry.position > place.position)
      const lacking = seen > 0 ? results.slice(seen) : results
      if (seen < 0) continue
      if (isAllowed && results.length === batch.length && member.send(lacking)) place.position = through
      else this.leave(member)
      passed += 1
      if (passed % AT_A_TIME === 0) await yieldEventLoop()
    }
  }
}

/** Whether the caller's token still is valid, and allows what it did when the subscription began. */
export function isUnchanged({ authentication, tokensInUse }: Context): boolean {
  const now = recheck(authentication, tokensInUse)
  if (now instanceof Unauthenticated || authentication instanceof Unauthenticated) return false
  return now.scopes === authentication.scopes || String(now.scopes) === String(authentication.scopes)
}

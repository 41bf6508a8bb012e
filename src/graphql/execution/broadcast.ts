import type { ExecutionResult } from 'graphql'
import { Line } from '../../admission/line.ts'
import type { FeedStreamPlace } from '../../feed/feed.ts'
import type { FeedEntry } from '../../feed/feed-entry.ts'
import { yieldEventLoop } from '../../feed/yield-event-loop.ts'
import { Unauthenticated } from '../../identity/unauthenticated.ts'
import { type Context, recheck, renewed } from '../context.ts'

/** Milliseconds for which results are remembered, and how many at most: those of events that are under way to their subscribers. */
const REMEMBERED_MS = 2_000
const MOST_REMEMBERED = 100
/** Events that may wait to be passed on. */
const MOST_WAITING = 100
/** Bytes of results that may wait, and events that are executed at a time: each may load megabytes. */
const MOST_WAITING_BYTES = 4 * 1_024 * 1_024
const EXECUTED_AT_A_TIME = 16
/** Bytes that a member gets at a time, unless one event has more. */
const MOST_BYTES = 64 * 1_024
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
  /** The position of the event before it, for most members. */
  readonly previous: bigint | undefined
  readonly json: Promise<Buffer | null>
  /** Once it is known: the JSON of the result; null if each member has to find out by itself. */
  known: Buffer | null | undefined
}

/**
 * Equal subscriptions, of tokens that may see the same: an event is executed and written once for all of them. Members that are up to
 * date get it without a promise or a copy of their own. A member that falls behind, or may no longer see an event, goes on alone.
 */
export class Broadcast {
  /** Executes the subscription for an event. @throws what is the gateway's own fault */
  readonly #execute: (entry: FeedEntry, context: Context) => Promise<ExecutionResult>
  readonly #members = new Set<Member>()
  readonly #tellsPrevious: boolean
  readonly #results = new Map<string, Promise<ExecutionResult>>()
  #waiting: Waiting[] = []
  #isPassing = false
  #turn = Promise.resolve()
  readonly #executing = new Line({
    atATime: () => EXECUTED_AT_A_TIME,
    mostWaiting: MOST_WAITING,
    longestWait: Number.POSITIVE_INFINITY,
  })
  #unfollow = () => {}
  /** Whether a result depends on who exactly asks: then each subscriber has results of its own. */
  #isPersonal = false

  /** @param options.tellsPrevious whether a result depends on the event before it, which is not the same for those who came later */
  constructor(
    execute: (entry: FeedEntry, context: Context) => Promise<ExecutionResult>,
    { tellsPrevious }: { tellsPrevious: boolean },
  ) {
    this.#execute = execute
    this.#tellsPrevious = tellsPrevious
  }

  /**
   * @param previous the position of the event before it
   * @returns the result for an event, for a subscriber that goes on alone
   * @throws what is the gateway's own fault
   */
  async resultOf(entry: FeedEntry, context: Context, previous: bigint | undefined): Promise<ExecutionResult> {
    if (this.#isPersonal) return this.#execute(entry, renewed(context, previous))
    const key = this.#tellsPrevious ? `${entry.position} ${previous}` : `${entry.position}`
    const known = this.#results.get(key)
    if (known) {
      const result = await known
      return this.#isPersonal ? this.#execute(entry, renewed(context, previous)) : result
    }
    const noteActor = () => {
      this.#isPersonal = true
    }
    const shared = { ...renewed(context, previous), noteActor }
    const result = this.#execute(entry, shared)
    if (this.#results.size < MOST_REMEMBERED) this.#remember(key, result, shared)
    return result
  }

  /** A large result is shared only with those who ask while it is made. */
  #remember(key: string, result: Promise<ExecutionResult>, { loaded }: Context): void {
    this.#results.set(key, result)
    const forget = () => this.#results.delete(key)
    result.then(() => loaded.bytes > MOST_BYTES && forget(), forget)
    setTimeout(forget, REMEMBERED_MS).unref()
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
      this.#leaveAll()
      return
    }
    const [member] = this.#members
    const previous = this.#waiting.at(-1)?.entry.position ?? member?.place.last
    // Many may be told of many events at once.
    this.#turn = this.#turn.then(yieldEventLoop)
    const json = this.#turn.then(() => this.#executing.run(() => this.#jsonOf(entry, previous))).catch(() => null)
    const waiting: Waiting = { entry, previous, json, known: undefined }
    this.#waiting.push(waiting)
    void json.then((known) => {
      waiting.known = known
    })
    if (!this.#isPassing) void this.#pass()
  }

  /** @returns null if each member has to find out by itself */
  async #jsonOf(entry: FeedEntry, previous: bigint | undefined): Promise<Buffer | null> {
    const bytes = this.#waiting.reduce((sum, { known }) => sum + (known?.length ?? 0), 0)
    if (bytes > MOST_WAITING_BYTES) return null
    try {
      for (const { context } of this.#members) {
        if (!isUnchanged(context)) continue
        const result = await this.resultOf(entry, context, previous)
        return result.errors || this.#isPersonal ? null : Buffer.from(JSON.stringify(result))
      }
    } catch {
      // Each tries again by itself.
    }
    return null
  }

  /** Passes on what waits, in order: all that is known at a time, so that a client gets a burst with one write. */
  async #pass(): Promise<void> {
    this.#isPassing = true
    try {
      for (let [first] = this.#waiting; first; [first] = this.#waiting) {
        await first.json
        await this.#passOn(this.#waiting)
        await yieldEventLoop()
      }
    } catch {
      // Nobody may miss an event: each goes on from its own place.
      this.#leaveAll()
    } finally {
      this.#isPassing = false
    }
  }

  async #passOn(waiting: Waiting[]): Promise<void> {
    const batch = nextBatch(waiting)
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
      const isSame = !this.#tellsPrevious || batch[seen]?.previous === place.last
      if (isAllowed && isSame && results.length === batch.length && member.send(lacking)) place.passed(through)
      else this.leave(member)
      passed += 1
      if (passed % AT_A_TIME === 0) await yieldEventLoop()
    }
    // At once: who joins from now on must not rely on what has been passed on. It is another list if the last member has left.
    waiting.splice(0, batch.length)
  }

  #leaveAll(): void {
    for (const member of this.#members) this.leave(member)
  }
}

/** @returns the first events whose results are known, as many as may be sent at a time, and at least one */
function nextBatch(waiting: readonly Waiting[]): readonly Waiting[] {
  let bytes = 0
  const end = waiting.findIndex(({ known }, index) => {
    bytes += known?.length ?? 0
    return known === undefined || (index > 0 && bytes > MOST_BYTES)
  })
  return waiting.slice(0, end < 0 ? undefined : end)
}

/** Whether the caller's token still is valid, and allows what it did when the subscription began. */
export function isUnchanged({ authentication, tokensInUse }: Context): boolean {
  const now = recheck(authentication, tokensInUse)
  if (now instanceof Unauthenticated || authentication instanceof Unauthenticated) return false
  return now.scopes === authentication.scopes || String(now.scopes) === String(authentication.scopes)
}

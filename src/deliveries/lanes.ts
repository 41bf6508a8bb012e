import { crc32 } from 'node:zlib'
import type { WebhooksState } from '../database/client/client.ts'
import type { Claimed } from './claimed.ts'
import type { Shares } from './shares.ts'

/** Bot agents are divided into this many partitions. The deliveries of a partition are sent by one gateway. */
export const PARTITIONS = 64

export function partitionOf(botAgentId: string): number {
  return crc32(botAgentId) % PARTITIONS
}

/** The pause of a bot agent may be ended by someone who does not tell this gateway, so it looks about this often. */
export const LOOK_AGAIN_MS = 2_000
/** It looks at whole multiples of this, so that a few claims do for all that are paused. */
const LOOK_TOGETHER_MS = 500
/**
 * Milliseconds after which a lane is asked again whose bot agent was paused, however much is added to it; so a ping, or that the owner ends
 * the pause, can have to wait as long.
 */
const PAUSED_MS = 200
/** Milliseconds after which a lane is asked again of which nothing could be claimed although something is due. */
const NOTHING_SERVED_MS = 50
/** A lane that is due later than this is forgotten: the walk through all lanes finds it again in time. */
const TIMED_MS = 120_000

/** The deliveries of one bot agent, as far as the worker has to do with them. */
interface Lane {
  readonly botAgentId: string
  /** The ids of what is claimed and not yet written. */
  readonly claimed: Set<string>
  /** How many of them have not ended. */
  open: number
  /** Whether nothing could be claimed because its bot agent is paused; until its timer ends. */
  isPaused: boolean
  /** Whether it is due again when one of its attempts has ended. */
  more: boolean
  /** The lanes among which it waits for room in a share. */
  waitingAmong: Set<Lane> | undefined
  timer: NodeJS.Timeout | undefined
  /** When the timer ends, in milliseconds of `performance.now()`. */
  dueAt: number
  /** It is not asked before this time, because of its limit per second. */
  openAt: number
}

/** A lane that was asked for deliveries, after the claim. */
export interface LaneState {
  readonly botAgentId: string
  /** Where its webhooks go, and the application that owns it; null if it has none. */
  readonly origin: string | null
  readonly application: string | null
  /** Null if it has none. */
  readonly webhooksState: WebhooksState | null
  /** Milliseconds until a delivery that was not claimed is due; 0 or less if one is due now; null if there is none. */
  readonly nextInMs: number | null
  /** Milliseconds until more of it may be claimed, if it has a limit per second; null if it has none. */
  readonly openInMs: number | null
  /** Whether something that may be sent was not claimed, because the claim was full with deliveries of other lanes. */
  readonly isCrowdedOut: boolean
}

/** How many deliveries may be claimed from a lane. */
export interface Asked {
  readonly botAgentId: string
  readonly most: number
  /** Whether nothing of the lane is under way, so that a paused bot agent may be probed. */
  readonly idle: boolean
}

/**
 * What a claim may take for the origins and applications that have something under way: deliveries by origin and by application, and bytes
 * of data by application.
 */
export interface Room {
  readonly origin: ReadonlyMap<string, number>
  readonly application: ReadonlyMap<string, number>
  readonly bytes: ReadonlyMap<string, number>
}

/**
 * The lanes that a worker knows: one for each bot agent with deliveries that are due soon or under way. It decides from which lanes to
 * claim next. A lane that is not due, or has no room in the shares, is not asked.
 */
export class Lanes {
  readonly #shares: Shares
  readonly #onDue: () => void
  readonly #lanes = new Map<string, Lane>()
  /** Lanes to claim from. */
  readonly #due = new Set<Lane>()
  /** Lanes that have something due, by the share that has no room for it. */
  readonly #waiting = { origin: new Map<string, Set<Lane>>(), application: new Map<string, Set<Lane>>() }
  /** What is claimed and has not ended; by application without what is ahead. */
  readonly #busy = {
    origin: new Map<string, number>(),
    application: new Map<string, number>(),
    bytes: new Map<string, number>(),
  }
  /** How many attempts have ended since the last claim of the origin; and what that was when lanes were asked. */
  #ended = new Map<string, number>()
  #endedBefore: ReadonlyMap<string, number> = new Map()
  /** What is claimed and waits for room at its origin. */
  readonly #ahead = { deliveries: 0, bytes: 0 }
  /** Whether lanes were asked, and what is claimed from them is not yet known. */
  #isClaiming = false
  #sending = 0
  readonly #claimed = { deliveries: 0, bytes: 0 }

  /** @param options.onDue is called when a lane becomes due with time */
  constructor(options: { shares: Shares; onDue: () => void }) {
    this.#shares = options.shares
    this.#onDue = options.onDue
  }

  /** How many attempts are under way, or begin as soon as they have a turn. */
  get sending(): number {
    return this.#sending
  }

  /** What is claimed and not yet written, without what is ahead. */
  get claimed(): { readonly deliveries: number; readonly bytes: number } {
    return this.#claimed
  }

  /** Whether there are lanes to ask. */
  get isDue(): boolean {
    return this.#due.size > 0
  }

  /** To be called when deliveries of the bot agent are due, or will be. */
  due(botAgentId: string, givenMs = 0): void {
    if (givenMs > TIMED_MS) return
    const lane = this.#lane(botAgentId)
    const now = performance.now()
    const inMs = Math.max(givenMs, lane.isPaused ? PAUSED_MS : 0, lane.openAt - now)
    const dueAt = now + inMs
    if (inMs > 0) {
      if (lane.timer && lane.dueAt <= dueAt) return
      clearTimeout(lane.timer)
      lane.dueAt = dueAt
      lane.timer = setTimeout(() => {
        lane.timer = undefined
        lane.isPaused = false
        this.due(botAgentId)
        this.#onDue()
      }, inMs)
    } else if (this.#roomOf(lane) > 0) this.#due.add(lane)
    else lane.more = true
  }

  /** To be called when a walk through all lanes has found this one. A lane with which the worker has to do already is left alone. */
  found(botAgentId: string, inMs: number): void {
    const lane = this.#lanes.get(botAgentId)
    if (!lane || (lane.claimed.size === 0 && !lane.isPaused)) this.due(botAgentId, inMs)
  }

  /** @returns the lanes from which to claim `most` deliveries, the ids that are claimed from them already, and what is left of the shares */
  ask(most: number): { asked: Asked[]; claimed: string[]; room: Room } {
    const lanes = [...this.#due.values().take(most)]
    this.#isClaiming = true
    const each = Math.ceil(most / lanes.length)
    for (const lane of lanes) this.#due.delete(lane)
    return {
      asked: lanes.map((lane) => ({
        botAgentId: lane.botAgentId,
        most: Math.min(this.#roomOf(lane), each),
        idle: lane.claimed.size === 0,
      })),
      claimed: lanes.flatMap(({ claimed }) => [...claimed]),
      room: this.#room(),
    }
  }

  /**
   * A claim runs ahead of the share of an origin by twice as many as have ended since the last one: by the time a claim is there and
   * outcomes are written, as many will have ended. So an origin that answers fast is kept busy, and nothing more is claimed ahead for one
   * that does not answer.
   */
  #room(): Room {
    const { origin, application, bytes, all } = this.#shares
    const most = this.#ahead.bytes < bytes ? Math.max(0, all - this.#ahead.deliveries) : 0
    const roomAt = (key: string) => {
      const ahead = Math.min(2 * (this.#ended.get(key) ?? 0), most)
      return origin + ahead - (this.#busy.origin.get(key) ?? 0)
    }
    const origins = new Set([...this.#busy.origin.keys(), ...this.#ended.keys()])
    const room = {
      origin: new Map([...origins].map((key) => [key, roomAt(key)])),
      application: mapped(this.#busy.application, (busy) => application - busy),
      bytes: mapped(this.#busy.bytes, (busy) => bytes - busy),
    }
    this.#endedBefore = this.#ended
    // An origin of which nothing is under way is remembered no longer.
    this.#ended = new Map([...this.#ended].filter(([key]) => this.#busy.origin.has(key)))
    return room
  }

  /** Takes in what was claimed from the lanes that were asked. */
  add(claimed: readonly Claimed[], states: readonly LaneState[]): void {
    this.#isClaiming = false
    const served = new Set<string>()
    for (const delivery of claimed) {
      const lane = this.#lane(delivery.botAgentId)
      lane.claimed.add(delivery.id)
      add(this.#busy.origin, delivery.origin, 1)
      lane.open += 1
      this.#countSending(delivery, 1)
      this.#countClaimed(delivery, 1)
      served.add(delivery.botAgentId)
    }
    for (const origin of new Set(states.map(({ origin }) => origin))) {
      if (origin !== null) add(this.#ended, origin, -(this.#endedBefore.get(origin) ?? 0))
    }
    for (const state of states) {
      this.#lane(state.botAgentId).isPaused = state.webhooksState === 'PAUSED' && !served.has(state.botAgentId)
      this.#lane(state.botAgentId).openAt = performance.now() + (state.openInMs ?? 0)
      if (state.nextInMs !== null) this.#askAgain(state, served.has(state.botAgentId))
      this.#forgetIfIdle(this.#lane(state.botAgentId))
    }
  }

  /** To be called when an attempt has ended. */
  ended(delivery: Claimed): void {
    add(this.#ended, delivery.origin, 1)
    this.givenUp(delivery)
  }

  /** To be called when a claimed delivery has to wait for room at its origin: it takes no room there that others could use. */
  waits(delivery: Claimed): void {
    this.#countSending(delivery, -1)
    this.#countClaimed(delivery, -1)
    this.#countAhead(delivery, 1)
    this.#askFirst('application', delivery)
  }

  /** To be called when it waits no more. */
  waited(delivery: Claimed): void {
    this.#countAhead(delivery, -1)
    this.#countClaimed(delivery, 1)
    this.#countSending(delivery, 1)
  }

  /** Whether the application of a delivery that waits has room for another attempt, which no claim under way may take. */
  hasRoom({ application }: Claimed): boolean {
    return !this.#isClaiming && (this.#busy.application.get(application) ?? 0) < this.#shares.application
  }

  /** To be called when a delivery is given up of which no attempt has begun. */
  givenUp(delivery: Claimed): void {
    const lane = this.#lane(delivery.botAgentId)
    lane.open -= 1
    add(this.#busy.origin, delivery.origin, -1)
    this.#countSending(delivery, -1)
    this.#askForMore(lane)
    this.#askFirst('origin', delivery)
    this.#askFirst('application', delivery)
  }

  /** To be called when the outcome of an attempt is written, or is of no more use. */
  written(delivery: Claimed): void {
    const lane = this.#lane(delivery.botAgentId)
    if (lane.claimed.delete(delivery.id)) this.#countClaimed(delivery, -1)
    this.#askForMore(lane)
    this.#forgetIfIdle(lane)
  }

  /** Claims nothing more from the lanes of these partitions. */
  leave(partitions: ReadonlySet<number>): void {
    for (const lane of this.#lanes.values()) {
      if (!partitions.has(partitionOf(lane.botAgentId))) continue
      clearTimeout(lane.timer)
      lane.timer = undefined
      lane.more = false
      this.#due.delete(lane)
      this.#waitNoMore(lane)
      this.#forgetIfIdle(lane)
    }
  }

  /** @returns the partitions of which something is claimed and not yet written */
  partitions(): Set<number> {
    const claimed = [...this.#lanes.values()].filter(({ claimed }) => claimed.size > 0)
    return new Set(claimed.map(({ botAgentId }) => partitionOf(botAgentId)))
  }

  /** Stops all timers. */
  stop(): void {
    for (const { timer } of this.#lanes.values()) clearTimeout(timer)
  }

  #lane(botAgentId: string): Lane {
    const known = this.#lanes.get(botAgentId)
    if (known) return known
    const lane: Lane = {
      botAgentId,
      claimed: new Set(),
      open: 0,
      isPaused: false,
      more: false,
      waitingAmong: undefined,
      timer: undefined,
      dueAt: 0,
      openAt: 0,
    }
    this.#lanes.set(botAgentId, lane)
    return lane
  }

  #askAgain(
    { botAgentId, origin, application, webhooksState, nextInMs, isCrowdedOut }: LaneState,
    served: boolean,
  ): void {
    const lane = this.#lane(botAgentId)
    const full = (by: keyof Room, key: string | null): key is string =>
      key !== null && (this.#busy[by].get(key) ?? 0) >= this.#shares[by]
    if (nextInMs === null || nextInMs > 0)
      this.due(botAgentId, lane.isPaused ? untilNextLook(nextInMs ?? 0) : (nextInMs ?? 0))
    // Nothing of it may be sent until the probe that is under way has ended.
    else if (!served && webhooksState === 'PAUSED' && lane.claimed.size > 0) lane.more = true
    else if (full('origin', origin)) this.#wait(lane, this.#waiting.origin, origin)
    else if (full('application', application) || full('bytes', application)) {
      this.#wait(lane, this.#waiting.application, application)
    } else if (served || isCrowdedOut) this.due(botAgentId)
    else if (lane.claimed.size > 0) lane.more = true
    // What is due waits for an earlier one of its chat.
    else this.due(botAgentId, NOTHING_SERVED_MS)
  }

  /** How much more may be claimed: also of what is not yet written, because somebody may hold locks on all of it. */
  #roomOf(lane: Lane): number {
    return Math.min(this.#shares.botAgent - lane.open, 2 * this.#shares.botAgent - lane.claimed.size)
  }

  #wait(lane: Lane, waiting: Map<string, Set<Lane>>, key: string): void {
    this.#waitNoMore(lane)
    lane.waitingAmong = waiting.get(key) ?? new Set()
    waiting.set(key, lane.waitingAmong.add(lane))
  }

  #waitNoMore(lane: Lane): void {
    lane.waitingAmong?.delete(lane)
    lane.waitingAmong = undefined
  }

  #askForMore(lane: Lane): void {
    if (lane.more) this.#due.add(lane)
    lane.more = false
  }

  /** Asks the first lane again that waits for room in the share. */
  #askFirst(by: 'origin' | 'application', delivery: Claimed): void {
    const [first] = this.#waiting[by].get(delivery[by]) ?? []
    if (!first) return
    this.#waitNoMore(first)
    this.due(first.botAgentId)
  }

  #countSending({ application, size }: Claimed, change: 1 | -1): void {
    this.#sending += change
    add(this.#busy.application, application, change)
    add(this.#busy.bytes, application, change * size)
  }

  #countClaimed({ size }: Claimed, change: 1 | -1): void {
    this.#claimed.deliveries += change
    this.#claimed.bytes += change * size
  }

  #countAhead({ size }: Claimed, change: 1 | -1): void {
    this.#ahead.deliveries += change
    this.#ahead.bytes += change * size
  }

  #forgetIfIdle(lane: Lane): void {
    const isIdle =
      !lane.timer &&
      !lane.more &&
      !lane.waitingAmong &&
      lane.claimed.size === 0 &&
      lane.open === 0 &&
      !this.#due.has(lane)
    if (isIdle) this.#lanes.delete(lane.botAgentId)
  }
}

/** @returns milliseconds until the first moment after `inMs` at which paused bot agents are looked at */
function untilNextLook(inMs: number): number {
  const now = performance.now()
  return Math.ceil((now + inMs) / LOOK_TOGETHER_MS) * LOOK_TOGETHER_MS - now
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}

function mapped(counts: ReadonlyMap<string, number>, to: (count: number) => number): Map<string, number> {
  return new Map([...counts].map(([key, count]) => [key, to(count)]))
}

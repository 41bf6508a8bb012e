import { Prisma } from '../database/client/client.ts'
import type { Claimed } from './claimed.ts'

/**
 * Webhooks with a limit per second are spaced evenly, and so far apart that the limit holds even if one of them takes this many
 * milliseconds longer to arrive than another one, less what follows here.
 */
const JITTER_MS = 100
/** Timers are not exact: a webhook may begin this much earlier, so that those behind it do not get later and later. */
const EARLY_MS = 5
/** A claim takes what may begin within this time: few wait in the gateway, and those of a fast pace are claimed together. */
export const CLAIMED_BEFORE_MS = 50
/**
 * Who takes over bot agents from another gateway begins with theirs this much later: what that one has begun last is then in another
 * second, however late it was.
 */
export const HANDOVER_MS = 1_000 + JITTER_MS
/** A lane is asked again this long before its next webhook may begin: about as long as a claim takes. */
export const ASKED_BEFORE_MS = 20

/**
 * The columns of the part of a claim that finds lanes, for `bot_agent`: milliseconds between two webhooks, and until the first one; and the
 * id again. All are null without a limit.
 * @param earliestMs in how many milliseconds the first one may begin at the earliest
 */
export function paceColumns(now: Prisma.Sql, earliestMs: number): Prisma.Sql {
  const spacing = Prisma.sql`(${1_000 + JITTER_MS}::float8 / webhooks_max_per_second)`
  // No more than a claim can have left: the clock of the database may have been set back, or the limit raised.
  return Prisma.sql`${spacing} as spacing_ms, case when webhooks_max_per_second is not null then bot_agent.id end as paced_id, case when webhooks_max_per_second is not null then greatest(${earliestMs}::float8, coalesce((
    select greatest(0, least(extract(epoch from next_at - ${now})::float8 * 1000, ${CLAIMED_BEFORE_MS}::float8 + ${spacing}))
    from webhook_pace where bot_agent_id = bot_agent.id), 0)) end as paced_ms`
}

/**
 * The part of a claim that takes the time of the webhooks in `claimed`. The next claim begins behind it, whichever gateway makes it: the
 * partition of a bot agent may have gone to another one.
 */
export function takenPace(now: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    insert into webhook_pace (bot_agent_id, next_at)
    select paced_id, ${now} + (paced_ms + spacing_ms * count(*)) * interval '1 millisecond'
    from lane join claimed on claimed.lane = paced_id group by paced_id, paced_ms, spacing_ms
    on conflict (bot_agent_id) do update set next_at = excluded.next_at`
}

/** What has become of a delivery whose turn it was. WAITING: it begins when there is room for it, and then `began` is called. */
export type Turn = 'BEGUN' | 'WAITING' | 'GIVEN_UP'

interface Line {
  readonly waiting: Claimed[]
  /** When the next one may begin, in milliseconds of `performance.now()`. */
  nextAt: number
  /** Whether one whose turn it was waits for room: those behind it wait as well. */
  stands: boolean
  timer: NodeJS.Timeout | undefined
}

/** Claimed deliveries whose bot agent has a limit per second. They begin in order, evenly spaced, however late a claim was answered. */
export class Pace {
  readonly #lines = new Map<string, Line>()
  readonly #onTurn: (delivery: Claimed) => Turn

  constructor(options: { onTurn: (delivery: Claimed) => Turn }) {
    this.#onTurn = options.onTurn
  }

  /** To be called with what was claimed, at once. */
  wait(delivery: Claimed): void {
    const { botAgentId, pacedMs } = delivery
    const line = this.#lines.get(botAgentId) ?? { waiting: [], nextAt: 0, stands: false, timer: undefined }
    this.#lines.set(botAgentId, line)
    // Behind others, it is their turns that count.
    if (line.waiting.length === 0 && !line.stands) {
      line.nextAt = Math.max(line.nextAt, performance.now() + (pacedMs ?? 0))
    }
    line.waiting.push(delivery)
    this.#run(line)
  }

  /** To be called when a delivery has begun that had to wait for room. */
  began({ botAgentId, spacingMs }: Claimed): void {
    const line = this.#lines.get(botAgentId)
    if (!line || spacingMs === null) return
    takeTurn(line, spacingMs)
    this.#goOn(line)
  }

  /** To be called when one was given up that had to wait for room. */
  gaveUp({ botAgentId }: Claimed): void {
    const line = this.#lines.get(botAgentId)
    if (line) this.#goOn(line)
  }

  /** @returns the deliveries that shall not wait any more: they begin no more */
  giveUp(isTooLate: (delivery: Claimed) => boolean): Claimed[] {
    const givenUp: Claimed[] = []
    for (const [botAgentId, line] of this.#lines) {
      for (const delivery of line.waiting.splice(0)) (isTooLate(delivery) ? givenUp : line.waiting).push(delivery)
      if (line.waiting.length > 0) continue
      clearTimeout(line.timer)
      if (!line.stands && line.nextAt <= performance.now()) this.#lines.delete(botAgentId)
    }
    return givenUp
  }

  #goOn(line: Line): void {
    line.stands = false
    this.#run(line)
  }

  #run(line: Line): void {
    clearTimeout(line.timer)
    const leftMs = () => line.nextAt - EARLY_MS - performance.now()
    while (!line.stands && leftMs() <= 0) {
      const next = line.waiting.shift()
      if (!next) return
      const turn = this.#onTurn(next)
      if (turn === 'BEGUN') takeTurn(line, next.spacingMs ?? 0)
      line.stands = turn === 'WAITING'
    }
    if (!line.stands && line.waiting.length > 0) line.timer = setTimeout(() => this.#run(line), leftMs())
  }
}

function takeTurn(line: Line, spacingMs: number): void {
  line.nextAt = Math.max(line.nextAt, performance.now()) + spacingMs
}

import type { BoardBotChangedSubscription, BoardQuery } from './board.operations.ts'
import { type BoardBot, type BoardView, passes } from './board-view.ts'

type BotChange = BoardBotChangedSubscription['botAgentChanged']

/** The bots that have been read, in the order of the gateway, as they are now. */
export interface BoardList {
  readonly bots: readonly BoardBot[]
  readonly total: number
  /** Where the next page begins; absent on the last one. */
  readonly next: string | undefined
  /** Where live changes begin: before the first page was read. */
  readonly cursor: string | undefined
  /** Bots that have been removed since, which a page may still have. */
  readonly removed: ReadonlySet<string>
}

export function withPage(list: BoardList | undefined, { botAgents }: BoardQuery): BoardList {
  const { nodes, totalCount, pageInfo, cursor } = botAgents
  const known = new Set(list?.bots.map(({ id }) => id))
  const removed = list?.removed ?? new Set<string>()
  const fresh = nodes.filter(({ id }) => !known.has(id) && !removed.has(id))
  return {
    bots: [...(list?.bots ?? []), ...fresh],
    total: totalCount,
    next: pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined,
    cursor: list?.cursor ?? cursor ?? undefined,
    removed,
  }
}

/** A bot keeps its place when it changes, even if it no longer passes the filters: nothing moves under the reader. */
export function withChange(list: BoardList, { kind, botAgent, botAgentId }: BotChange, view: BoardView): BoardList {
  if (!botAgentId) return list
  const index = list.bots.findIndex(({ id }) => id === botAgentId)
  if (kind === 'REMOVED' || !botAgent) {
    return {
      ...list,
      bots: list.bots.filter(({ id }) => id !== botAgentId),
      total: index < 0 ? list.total : list.total - 1,
      removed: new Set([...list.removed, botAgentId]),
    }
  }
  if (index >= 0) return { ...list, bots: list.bots.with(index, botAgent) }
  if (kind !== 'CREATED' || !passes(botAgent, view)) return list
  return { ...list, bots: [botAgent, ...list.bots], total: list.total + 1 }
}

import DataLoader from 'dataloader'
import { type Connection, type PageArguments, paginate } from '../contract/pagination.ts'
import type { BotAgentStatus } from '../database/client/client.ts'
import type { Loaded } from '../graphql/loaded.ts'
import { listed } from '../identity/reach.ts'
import type { Viewer } from '../identity/viewer.ts'
import { type BotAgent, botAgentSize } from './bot-agent.ts'
import type { BotAgentCounts } from './bot-agent-counts.ts'
import { botAgentFilter, conditionsOf } from './bot-agent-filter.ts'
import { type BotAgentOrder, cursorsOf } from './bot-agent-order.ts'
import type { createBotAgentReads } from './bot-agent-reads.ts'

export interface BotAgentListArguments extends PageArguments {
  readonly all: boolean
  readonly statuses?: readonly BotAgentStatus[] | null | undefined
  /** In the form of botAgentFilter. */
  readonly filter?: object | null | undefined
  readonly orderBy?: BotAgentOrder | null | undefined
}

/** The operations on bot agents that list or count them. */
export function createBotAgentLists(reads: ReturnType<typeof createBotAgentReads>) {
  const countIn = async (loaded: Loaded, count: () => Promise<number>) => {
    const [counted = 0] = await loaded.read(
      async () => [await count()],
      () => 0,
    )
    return counted
  }

  return {
    /** @throws RequestError BAD_USER_INPUT for a page or a filter that is not valid */
    async list(
      viewer: Viewer,
      loaded: Loaded,
      { all, statuses, filter, orderBy, ...page }: BotAgentListArguments,
    ): Promise<Connection<BotAgent> & { totalCount: () => Promise<number> }> {
      const reach = listed(viewer, { all })
      const order = orderBy ?? 'CREATED_FIRST'
      const conditions = [
        ...(statuses ? conditionsOf(reach.licenseId, { statuses: [...new Set(statuses)].toSorted() }) : []),
        ...(filter ? conditionsOf(reach.licenseId, botAgentFilter(filter)) : []),
      ]
      const connection = await paginate(page, {
        ...cursorsOf(order),
        read: (slice) => loaded.read(() => reads.page(reach, { conditions, order }, slice), botAgentSize),
      })
      return { ...connection, totalCount: () => countIn(loaded, () => reads.count(reach, conditions)) }
    },

    /** Counts the viewer's own bot agents, or with `true` all in the license: once for each operation. */
    countsLoader(viewer: Viewer, loaded: Loaded): DataLoader<boolean, BotAgentCounts> {
      return new DataLoader<boolean, BotAgentCounts>((alls) => Promise.all(alls.map((all) => countsOf(all))))
      async function countsOf(all: boolean): Promise<BotAgentCounts> {
        const [counts] = await loaded.read(
          async () => [await reads.counts(listed(viewer, { all }))],
          () => 0,
        )
        return counts ?? nothing
      }
    },
  }
}

/** Of an operation that has loaded too much, and is refused as a whole. */
const nothing: BotAgentCounts = {
  total: 0,
  acceptingChats: 0,
  notAcceptingChats: 0,
  offline: 0,
  webhooksPaused: 0,
  webhooksDisabled: 0,
}

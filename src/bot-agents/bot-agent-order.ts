import { z } from 'zod'
import { idInCursor, timeInCursor } from '../contract/pagination.ts'
import { text } from '../contract/validation.ts'
import type { BotAgent } from './bot-agent.ts'
import { nameKey } from './bot-agent-filter.ts'

/** The orders of lists. `id` orders what is otherwise equal. */
const botAgentOrders = ['CREATED_FIRST', 'CREATED_LAST', 'NAME', 'UPDATED_LAST'] as const
export type BotAgentOrder = (typeof botAgentOrders)[number]

/** The place of a bot agent in a list: what it is sorted by, and its id. */
export type PlaceInOrder = readonly [key: Date | string, id: string]

interface Sorting {
  readonly descending: boolean
  /** What is sorted by, as an expression of SQL. @param of the column, or what is compared with it */
  readonly sortKey: (of: string) => string
  readonly column: string
  /** The column in a page: see `botAgentColumns`. */
  readonly selected: string
}

const asItIs = (of: string) => of
const byCreation = { sortKey: asItIs, column: 'created_at', selected: 'page."createdAt"' }

export const sortings: Readonly<Record<BotAgentOrder, Sorting>> = {
  CREATED_FIRST: { ...byCreation, descending: false },
  CREATED_LAST: { ...byCreation, descending: true },
  NAME: { descending: false, sortKey: nameKey, column: 'name', selected: 'page.name' },
  UPDATED_LAST: { descending: true, sortKey: asItIs, column: 'updated_at', selected: 'page."updatedAt"' },
}

const id = idInCursor('BotAgent')
const name = text(1, 255)

type Content = [time: string, id: string] | [order: string, key: string, id: string]

/**
 * The cursors of each order: what it sorts by, and the id. They name their order, except those of the first one, which are older than
 * the others.
 */
const cursors: Readonly<
  Record<BotAgentOrder, { key: z.ZodType<PlaceInOrder, Content>; keyOf: (botAgent: BotAgent) => Content }>
> = {
  CREATED_FIRST: {
    key: z.tuple([timeInCursor, id]),
    keyOf: ({ createdAt, id }) => [createdAt.toISOString(), id],
  },
  CREATED_LAST: {
    key: z.tuple([z.literal('CREATED_LAST'), timeInCursor, id]).transform(placeOf),
    keyOf: ({ createdAt, id }) => ['CREATED_LAST', createdAt.toISOString(), id],
  },
  NAME: {
    key: z.tuple([z.literal('NAME'), name, id]).transform(placeOf),
    keyOf: ({ name, id }) => ['NAME', name, id],
  },
  UPDATED_LAST: {
    key: z.tuple([z.literal('UPDATED_LAST'), timeInCursor, id]).transform(placeOf),
    keyOf: ({ updatedAt, id }) => ['UPDATED_LAST', updatedAt.toISOString(), id],
  },
}

/** Options of `paginate` for a list in this order. */
export function cursorsOf(order: BotAgentOrder) {
  return {
    ...cursors[order],
    mistaken(content: unknown): string | undefined {
      const another = botAgentOrders.find((other) => other !== order && cursors[other].key.safeParse(content).success)
      if (!another) return undefined
      return `it comes from a list in the order ${another}, and this one is in the order ${order}. Start with the first page when you change \`orderBy\`.`
    },
  }
}

function placeOf<Key extends Date | string>([, key, id]: [order: string, key: Key, id: string]): PlaceInOrder {
  return [key, id]
}

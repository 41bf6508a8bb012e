import { MOST_PER_PAGE } from '../contract/pagination.ts'
import { builder } from './builder.ts'

/** The arguments of a list that can grow. */
export const pageArguments = builder.args((t) => ({
  first: t.int({ defaultValue: 50, description: `The maximum number of nodes to return, from 0 to ${MOST_PER_PAGE}.` }),
  after: t.string({ description: 'Return the nodes after this cursor: the `endCursor` of the previous page.' }),
}))

/** The cost of a list: the cost of one node, times the number of nodes that the list may have. */
export const pageComplexity = ({ first }: { first?: number | null | undefined }) => ({
  field: 1,
  multiplier: Math.min(Math.max(first ?? 50, 1), MOST_PER_PAGE),
})

import { MOST_PER_PAGE } from '../contract/pagination.ts'
import { builder } from './builder.ts'

/** The arguments of a list that can grow. */
export const pageArguments = builder.args((t) => ({
  first: t.int({ defaultValue: 50, description: `How many nodes at most, from 0 to ${MOST_PER_PAGE}.` }),
  after: t.string({ description: 'The cursor behind which the page starts: the `endCursor` of the page before.' }),
}))

/** What a list costs: its nodes count as many times as it may hold of them. */
export const pageComplexity = ({ first }: { first?: number | null | undefined }) => ({
  field: 1,
  multiplier: Math.min(Math.max(first ?? 50, 1), MOST_PER_PAGE),
})

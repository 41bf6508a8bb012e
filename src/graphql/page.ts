import type { GraphQLResolveInfo } from 'graphql'
import { MOST_PER_PAGE, type PageArguments } from '../contract/pagination.ts'
import { builder } from './builder.ts'

/** The arguments of a list that can grow. */
export const pageArguments = builder.args((t) => ({
  first: t.int({
    defaultValue: 50,
    description: `The maximum number of nodes to return, from the beginning: 0 to ${MOST_PER_PAGE}. The default is for lists without \`last\`.`,
  }),
  after: t.string({ description: 'Return the nodes after this cursor: the `endCursor` of the previous page.' }),
  last: t.int({
    description: `The maximum number of nodes to return, from the end: 0 to ${MOST_PER_PAGE}, instead of \`first\`. They are in the same order.`,
  }),
  before: t.string({ description: 'Return the nodes before this cursor: the `startCursor` of the next page.' }),
}))

/** @returns the arguments of a page, without the default of `first` where the caller gives `last` */
export function pageOf({ first, after, last, before }: PageArguments, info: GraphQLResolveInfo): PageArguments {
  const isBackwards = last !== null && last !== undefined
  return { first: isBackwards && !givesFirst(info) ? null : first, after, last, before }
}

function givesFirst({ fieldNodes, variableValues }: GraphQLResolveInfo): boolean {
  const value = fieldNodes[0]?.arguments?.find(({ name }) => name.value === 'first')?.value
  return value?.kind === 'Variable' ? value.name.value in variableValues : value !== undefined
}

/** The cost of a list: the cost of one node, times the number of nodes that the list may have. */
export const pageComplexity = ({ first, last }: Pick<PageArguments, 'first' | 'last'>) => ({
  field: 1,
  multiplier: Math.min(Math.max(last ?? first ?? 50, 1), MOST_PER_PAGE),
})

import { findBreakingChanges, type GraphQLSchema } from 'graphql'

/** @returns the changes from `before` to `now` that break clients, except those that the changelog contains word for word */
export function unannounced(before: GraphQLSchema, now: GraphQLSchema, changelog: string): string[] {
  return findBreakingChanges(before, now)
    .map(({ description }) => description)
    .filter((description) => !changelog.includes(description))
}

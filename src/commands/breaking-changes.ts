import { findBreakingChanges, type GraphQLSchema } from 'graphql'

/** What `now` takes away from those who rely on `before`, unless the text of the changelog holds it word for word. */
export function unannounced(before: GraphQLSchema, now: GraphQLSchema, changelog: string): string[] {
  return findBreakingChanges(before, now)
    .map(({ description }) => description)
    .filter((description) => !changelog.includes(description))
}

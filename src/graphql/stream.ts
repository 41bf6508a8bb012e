import { MOST_NAMED } from '../contract/identifier.ts'
import type { FeedEntry } from '../feed/feed-entry.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'

/** The arguments of a subscription to what happens to bot agents. */
export const streamArguments = builder.args((t) => ({
  all: t.boolean({ defaultValue: false, description: 'Include the bot agents of every application in the license.' }),
  botAgentIds: t.idList({ description: `Only these bot agents, at most ${MOST_NAMED}.` }),
  after: t.string({
    description:
      'The `cursor` of the last event received, or the one of a query or mutation. Omit it to start from now.',
  }),
}))

/** Where an event stands in its stream. */
export const streamCursor = {
  description: 'Pass it as `after` to continue after this event, on any gateway. It is opaque.',
  resolve: (entry: FeedEntry, _args: object, { feed }: Context): string => feed.cursor(entry),
} as const

export const previousStreamCursor = {
  nullable: true,
  description:
    'The `cursor` of the event before this one in the same stream; where it began `after` a cursor, that cursor before its first event. Null for the first event of a stream that began from now. If it is not the last cursor that you have, something between you and the gateway has dropped events.',
  resolve: ({ licenseId }: FeedEntry, _args: object, { feed, previous }: Context): string | null =>
    previous === undefined ? null : feed.cursor({ licenseId, position: previous }),
} as const

interface StreamArguments {
  readonly all?: boolean | null | undefined
  readonly botAgentIds?: readonly string[] | null | undefined
  readonly after?: string | null | undefined
}

/** What a service needs to open the stream that the arguments ask for. */
export function streamOf({ all, botAgentIds, after }: StreamArguments) {
  return {
    all: all ?? false,
    after: after ?? undefined,
    ...(botAgentIds && { botAgentIds }),
  }
}

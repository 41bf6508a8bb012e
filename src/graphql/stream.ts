import { MOST_NAMED } from '../contract/identifier.ts'
import { builder } from './builder.ts'

/** The arguments of a subscription to what happens to bot agents. */
export const streamArguments = builder.args((t) => ({
  all: t.boolean({ defaultValue: false, description: 'Include the bot agents of every application in the license.' }),
  botAgentIds: t.idList({ description: `Only these bot agents, at most ${MOST_NAMED}.` }),
  after: t.string({
    description:
      'The `cursor` of the last event received, or the one of a query or mutation. Omit it to start from now.',
  }),
}))

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

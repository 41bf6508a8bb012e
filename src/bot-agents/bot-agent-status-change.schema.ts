import type { FeedEntry } from '../feed/feed-entry.ts'
import { builder } from '../graphql/builder.ts'
import { viewerOf } from '../graphql/context.ts'
import { requires } from '../graphql/permission.ts'
import { previousStreamCursor, streamArguments, streamCursor, streamOf } from '../graphql/stream.ts'
import { BotAgentRef, BotAgentStatusRef } from './bot-agent.schema.ts'
import { botAgentPolicy } from './bot-agent-policy.ts'
import type { BotAgentStatusChange, botAgentStatusChangeReasons } from './bot-agent-status-change.ts'

const ReasonRef = builder.enumType('BotAgentStatusChangeReason', {
  description: 'Why the status of a bot agent changed.',
  values: {
    CREATED: { description: 'The bot agent was created.' },
    UPDATED: { description: 'The bot agent was updated.' },
    REMOVED: { description: 'The bot agent was removed.' },
    TOKEN_REVOKED: { description: 'The access token that its log-in was tied to was revoked.' },
  } satisfies Record<(typeof botAgentStatusChangeReasons)[number], object>,
})

const changeOf = (entry: FeedEntry) => entry.data as BotAgentStatusChange

const BotAgentStatusChangeRef = builder.objectRef<FeedEntry>('BotAgentStatusChange').implement({
  description: 'A change of the status of a bot agent. The changes of one bot agent arrive in order.',
  fields: (t) => ({
    cursor: t.string(streamCursor),
    previousCursor: t.string(previousStreamCursor),
    botAgentId: t.exposeID('botAgentId', {
      description: 'The id of the bot agent, which may have been removed since.',
    }),
    botAgent: t.field({
      type: BotAgentRef,
      nullable: true,
      description: 'The bot agent as it is now; null if it has been removed.',
      resolve: (entry, _args, { botAgents }) => botAgents.subjectOf(entry),
    }),
    status: t.field({
      type: BotAgentStatusRef,
      description: 'The status after this change; OFFLINE if the bot agent was removed.',
      resolve: (entry) => changeOf(entry).status,
    }),
    previousStatus: t.field({
      type: BotAgentStatusRef,
      nullable: true,
      description: 'The status before this change; null if the bot agent was created.',
      resolve: (entry) => changeOf(entry).previousStatus,
    }),
    reason: t.field({ type: ReasonRef, description: 'Why it changed.', resolve: (entry) => changeOf(entry).reason }),
    changedAt: t.expose('createdAt', { type: 'DateTime', description: 'When it changed.' }),
  }),
})

builder.subscriptionField('botAgentStatusChanged', (t) =>
  t.field({
    ...requires(botAgentPolicy.read),
    type: BotAgentStatusChangeRef,
    description:
      'Each status change of your application’s bot agents, or of all bot agents in the license. The stream may end with an error code. CURSOR_EXPIRED: subscribe again without `after`. SLOW_CONSUMER, SHUTTING_DOWN or OVERLOADED: subscribe again with the last `cursor`.',
    args: streamArguments,
    subscribe: (_root, args, context) => context.botAgents.statusChanges(viewerOf(context), streamOf(args)),
    resolve: (entry) => entry,
  }),
)

import type { FeedEntry } from '../feed/feed-entry.ts'
import { builder } from '../graphql/builder.ts'
import { viewerOf } from '../graphql/context.ts'
import { requires } from '../graphql/permission.ts'
import { streamArguments, streamOf } from '../graphql/stream.ts'
import { BotAgentRef, BotAgentStatusRef } from './bot-agent.schema.ts'
import { botAgentPolicy } from './bot-agent-policy.ts'
import type { BotAgentStatusChange, botAgentStatusChangeReasons } from './bot-agent-status-change.ts'

const ReasonRef = builder.enumType('BotAgentStatusChangeReason', {
  description: 'What changed the status.',
  values: {
    CREATED: { description: 'The bot agent was created.' },
    UPDATED: { description: 'It was updated.' },
    REMOVED: { description: 'It was removed.' },
    TOKEN_REVOKED: { description: 'The access token that its log-in hung on was revoked.' },
  } satisfies Record<(typeof botAgentStatusChangeReasons)[number], object>,
})

const changeOf = (entry: FeedEntry) => entry.data as BotAgentStatusChange

const BotAgentStatusChangeRef = builder.objectRef<FeedEntry>('BotAgentStatusChange').implement({
  description: 'One change of the status of a bot agent. Changes of one bot agent come in their order.',
  fields: (t) => ({
    cursor: t.string({
      description: 'For `after`: goes on behind this change, on any gateway. Nothing can be read from it.',
      resolve: (entry, _args, { feed }) => feed.cursor(entry),
    }),
    botAgentId: t.exposeID('botAgentId', { description: 'The bot agent, also once it is removed.' }),
    botAgent: t.field({
      type: BotAgentRef,
      nullable: true,
      description: 'The bot agent as it is now; null once it is removed.',
      resolve: (entry, _args, { botAgents }) => botAgents.changed(entry),
    }),
    status: t.field({
      type: BotAgentStatusRef,
      description: 'Its status after this change; OFFLINE for one that was removed.',
      resolve: (entry) => changeOf(entry).status,
    }),
    previousStatus: t.field({
      type: BotAgentStatusRef,
      nullable: true,
      description: 'Its status before; null when it was created.',
      resolve: (entry) => changeOf(entry).previousStatus,
    }),
    reason: t.field({ type: ReasonRef, description: 'What changed it.', resolve: (entry) => changeOf(entry).reason }),
    changedAt: t.expose('createdAt', { type: 'DateTime', description: 'When it changed.' }),
  }),
})

builder.subscriptionField('botAgentStatusChanged', (t) =>
  t.field({
    ...requires(botAgentPolicy.read),
    type: BotAgentStatusChangeRef,
    description:
      'Each change of the status of your application’s bot agents, or of all of the license. Ends with the codes CURSOR_EXPIRED: start anew without `after`; SLOW_CONSUMER or SHUTTING_DOWN: come back with the last `cursor`.',
    args: streamArguments,
    subscribe: (_root, args, context) => context.botAgents.statusChanges(viewerOf(context), streamOf(context, args)),
    resolve: (entry) => entry,
  }),
)

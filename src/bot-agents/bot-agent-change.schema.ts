import { type FeedEntry, isAnnouncement } from '../feed/feed-entry.ts'
import { builder } from '../graphql/builder.ts'
import { viewerOf } from '../graphql/context.ts'
import { requires } from '../graphql/permission.ts'
import { previousStreamCursor, streamArguments, streamCursor, streamOf } from '../graphql/stream.ts'
import { BotAgentRef } from './bot-agent.schema.ts'
import { type botAgentChangeKinds, changedFieldsOf, kindOf } from './bot-agent-change.ts'
import { botAgentPolicy } from './bot-agent-policy.ts'

const KindRef = builder.enumType('BotAgentChangeKind', {
  description: 'What happened to a bot agent.',
  values: {
    ANNOUNCED: {
      description: 'Nothing yet: the first event of a stream that was asked for it. It carries a cursor alone.',
    },
    CREATED: { description: 'The bot agent was created.' },
    UPDATED: { description: 'The bot agent was updated. `changedFields` says in what; the status may be among them.' },
    STATUS_CHANGED: { description: 'Its status alone changed: it was updated, or its access token was revoked.' },
    WEBHOOKS_STATE_CHANGED: {
      description: 'Its webhooks were paused or disabled because their destination failed, or are active again.',
    },
    REMOVED: { description: 'The bot agent was removed.' },
  } satisfies Record<(typeof botAgentChangeKinds)[number], object>,
})

const BotAgentChangeRef = builder.objectRef<FeedEntry>('BotAgentChange').implement({
  description: 'A change of a bot agent. The changes of one bot agent arrive in order.',
  fields: (t) => ({
    cursor: t.string(streamCursor),
    previousCursor: t.string(previousStreamCursor),
    kind: t.field({ type: KindRef, description: 'What happened.', resolve: kindOf }),
    botAgentId: t.id({
      nullable: true,
      description: 'The id of the bot agent, which may have been removed since. Null for ANNOUNCED.',
      resolve: (entry) => (isAnnouncement(entry) ? null : entry.botAgentId),
    }),
    changedFields: t.stringList({
      description:
        'The fields of the bot agent that changed, by their names in `BotAgent`; empty unless it is UPDATED or STATUS_CHANGED. An update that sets what was there before changes no field but `updatedAt`, which is not listed.',
      resolve: (entry) => [...changedFieldsOf(entry)],
    }),
    botAgent: t.field({
      type: BotAgentRef,
      nullable: true,
      description:
        'The bot agent after the change, with what has changed since then, if anything: those changes follow. Null for ANNOUNCED, and once it has been removed.',
      resolve: (entry, _args, { botAgents }) => (isAnnouncement(entry) ? null : botAgents.subjectOf(entry)),
    }),
    occurredAt: t.expose('createdAt', { type: 'DateTime', description: 'When it happened.' }),
  }),
})

builder.subscriptionField('botAgentChanged', (t) =>
  t.field({
    ...requires(botAgentPolicy.read),
    type: BotAgentChangeRef,
    description:
      'Each change of your application’s bot agents, or of all bot agents in the license. To show a list that stays right, read `botAgents` with its `cursor`, and subscribe with it as `after`. The stream may end with the same error codes as `botAgentStatusChanged`.',
    args: {
      ...streamArguments,
      announce: t.arg.boolean({
        defaultValue: false,
        description:
          'Begin with an event that carries only the cursor of the place where the stream begins, so that you can continue from there even if nothing has happened.',
      }),
    },
    subscribe: (_root, { announce, ...args }, context) =>
      context.botAgents.changes(viewerOf(context), { ...streamOf(args), announce: announce ?? false }),
    resolve: (entry) => entry,
  }),
)

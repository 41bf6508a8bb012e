import { createContextCache } from '@pothos/core'
import { builder } from '../graphql/builder.ts'
import { type Context, viewerOf } from '../graphql/context.ts'
import { requires } from '../graphql/permission.ts'
import type { BotAgentCounts } from './bot-agent-counts.ts'
import { botAgentPolicy } from './bot-agent-policy.ts'

const BotAgentCountsRef = builder.objectRef<BotAgentCounts>('BotAgentCounts').implement({
  description: 'How many bot agents there are, and how many of them in each state, all at the same moment.',
  fields: (t) => ({
    total: t.exposeInt('total', { description: 'All of them.' }),
    acceptingChats: t.exposeInt('acceptingChats', { description: 'Those with the status ACCEPTING_CHATS.' }),
    notAcceptingChats: t.exposeInt('notAcceptingChats', { description: 'Those with the status NOT_ACCEPTING_CHATS.' }),
    offline: t.exposeInt('offline', { description: 'Those with the status OFFLINE.' }),
    webhooksPaused: t.exposeInt('webhooksPaused', { description: 'Those whose webhooks are PAUSED.' }),
    webhooksDisabled: t.exposeInt('webhooksDisabled', { description: 'Those whose webhooks are DISABLED.' }),
  }),
})

const loader = createContextCache((context: Context) =>
  context.botAgents.countsLoader(viewerOf(context), context.loaded),
)

builder.queryField('botAgentCounts', (t) =>
  t.field({
    ...requires(botAgentPolicy.read),
    type: BotAgentCountsRef,
    description:
      'How many bot agents your application has, or all applications in the license have, in each state: for tabs and badges.',
    args: {
      all: t.arg.boolean({
        defaultValue: false,
        description: 'Count the bot agents of every application in the license.',
      }),
    },
    resolve: (_root, { all }, context) => loader(context).load(all ?? false),
  }),
)

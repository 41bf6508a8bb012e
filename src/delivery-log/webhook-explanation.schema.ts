import { createContextCache } from '@pothos/core'
import { ChatEventRef, chatEventLoader } from '../chat-events/chat-event.schema.ts'
import type { Explanation, Reason } from '../chat-events/explaining.ts'
import { deliveryPolicy } from '../deliveries/delivery-policy.ts'
import { builder } from '../graphql/builder.ts'
import { type Context, viewerOf } from '../graphql/context.ts'
import { requires } from '../graphql/permission.ts'
import { WebhookSubscriptionInput } from '../webhooks/webhooks.schema.ts'
import type { WebhookExplanations, WebhookPreview } from './webhook-explanations.ts'

declare module '../graphql/context.ts' {
  interface Services {
    readonly webhookExplanations: WebhookExplanations
  }
}

const botAgents = createContextCache((context: Context) => context.botAgents.loader(viewerOf(context), context.loaded))

const WebhookReasonRef = builder.objectRef<Reason>('WebhookReason').implement({
  description: 'One condition of a webhook, and whether an event met it.',
  fields: (t) => ({
    filter: t.exposeString('filter', {
      nullable: true,
      description:
        'The name of the filter, such as `chatProperties`; null for what is not a filter, such as the action or the status of the bot agent.',
    }),
    held: t.exposeBoolean('held', { description: 'Whether the condition was met. False if it can’t be told.' }),
    message: t.exposeString('message', {
      description:
        'A sentence with the value that was seen, shortened. For a property that you may not read it says only that.',
    }),
  }),
})

const WebhookExplanationRef = builder.objectRef<Explanation>('WebhookExplanation').implement({
  description: 'Whether an event matches, and why.',
  fields: (t) => ({
    matched: t.exposeBoolean('matched', {
      description:
        'Whether the event matches. For a bot agent: as it is now, or because the event has made a webhook to it.',
    }),
    reasons: t.field({
      type: [WebhookReasonRef],
      description: 'What decided it: one for each filter, and one for each other condition that matters.',
      resolve: ({ reasons }, _args, { loaded }) => {
        loaded.spend(reasons.reduce((bytes, { message }) => bytes + message.length, 0))
        return [...reasons]
      },
    }),
  }),
})

const WebhookPreviewRef = builder.objectRef<WebhookPreview>('WebhookPreview').implement({
  description: 'An event, and whether it would have matched.',
  fields: (t) => ({
    chatEvent: t.expose('chatEvent', { type: ChatEventRef, description: 'The event.' }),
    explanation: t.expose('explanation', {
      type: WebhookExplanationRef,
      description: 'Whether it would have matched; if not, with the first reason only.',
    }),
  }),
})

builder.queryFields((t) => ({
  explainWebhook: t.field({
    ...requires(deliveryPolicy.read),
    type: WebhookExplanationRef,
    nullable: true,
    description:
      'Why a bot agent did or did not get an event: the event as it was when it came, and the bot agent as it is now, with all changes since. Where the event has made a webhook, the bot agent matched then. Null if there is no such event that you may see.',
    args: {
      botAgentId: t.arg.id({ required: true, description: 'The id of the bot agent: 32 lower-case hex characters.' }),
      chatEventId: t.arg.id({ required: true, description: 'The id of the event: `evt_…`.' }),
    },
    resolve: async (_root, { botAgentId: id, chatEventId }, context) => {
      const [chatEvent, botAgent] = await Promise.all([
        chatEventLoader(context).load(chatEventId),
        botAgents(context).load(id),
      ])
      return chatEvent && context.webhookExplanations.explain(viewerOf(context), chatEvent, { id, botAgent })
    },
  }),
  previewWebhooks: t.field({
    ...requires({ scope: deliveryPolicy.read.scope }),
    type: [WebhookPreviewRef],
    description:
      'Which of the last events that you may see in `chatEvents` would have made a webhook to a bot agent of your application, before you save its actions. Newest first.',
    complexity: ({ last }) => ({ field: 1, multiplier: Math.min(Math.max(last ?? 100, 1), 100) }),
    args: {
      actions: t.arg({
        type: [WebhookSubscriptionInput],
        required: true,
        description: 'The actions with their filters, as in WebhooksInput.',
      }),
      last: t.arg.int({ defaultValue: 100, description: 'How many events to look at: 1 to 100.' }),
    },
    resolve: (_root, { actions, last }, context) =>
      context.webhookExplanations.preview(viewerOf(context), context.loaded, { actions, last: last ?? 100 }),
  }),
}))

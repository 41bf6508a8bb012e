import { createContextCache } from '@pothos/core'
import { ChatEventRef, chatEventLoader } from '../chat-events/chat-event.schema.ts'
import type { Reason } from '../chat-events/explaining.ts'
import { deliveryPolicy } from '../deliveries/delivery-policy.ts'
import { builder } from '../graphql/builder.ts'
import { type Context, viewerOf } from '../graphql/context.ts'
import { requires } from '../graphql/permission.ts'
import { WebhookSubscriptionInput } from '../webhooks/webhooks.schema.ts'
import {
  type Explanation,
  MOST_PREVIEWED,
  type WebhookExplanations,
  type WebhookPreview,
} from './webhook-explanations.ts'

declare module '../graphql/context.ts' {
  interface Services {
    readonly webhookExplanations: WebhookExplanations
  }
}

const botAgents = createContextCache((context: Context) => context.botAgents.loader(viewerOf(context), context.loaded))
const deliveriesMade = createContextCache((context: Context) =>
  context.webhookExplanations.deliveries(viewerOf(context), context.loaded),
)

interface PreviewArguments {
  readonly actions: readonly { filters?: object | null | undefined }[]
  readonly last?: number | null | undefined
}

/** Values of a filter that an event is compared with at the cost of one value of the response. */
const COMPARED = 25

/** A preview judges each event with all filters of its action, whatever it then shows of that. */
const previewComplexity = ({ actions, last }: PreviewArguments) => {
  const events = Math.min(Math.max(last ?? MOST_PREVIEWED, 1), MOST_PREVIEWED)
  const values = Math.max(0, ...actions.map(({ filters }) => countValues(filters)))
  return { field: 1 + Math.ceil((events * values) / COMPARED), multiplier: events }
}

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((count, item) => count + countValues(item), 0)
}

const WebhookReasonRef = builder.objectRef<Reason>('WebhookReason').implement({
  description: 'One condition of a webhook, and whether an event met it.',
  fields: (t) => ({
    filter: t.exposeString('filter', {
      nullable: true,
      description:
        'The name of the filter, such as `chatProperties`; null for what is not a filter, such as the action or the status of the bot agent.',
    }),
    held: t.exposeBoolean('held', {
      description:
        'Whether the condition was met. False if it can’t be told. True for a remark, such as on what became of the webhook.',
    }),
    message: t.string({
      resolve: ({ message }, _args, { loaded }) => {
        loaded.spend(message.length)
        return message
      },
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
      description:
        'What decided it: one for each filter, and one for each other condition that matters. If the event has made a webhook, the first one names it, with the reason if it has FAILED; the last one says what it waits for, if anything.',
      resolve: ({ reasons }) => [...reasons],
    }),
  }),
})

const WebhookPreviewRef = builder.objectRef<WebhookPreview>('WebhookPreview').implement({
  description:
    'An event, and whether it would have matched. An application sees the events that already reached its own bot agents; with `agents-bot--all:ro` also those that reached any bot agent of the license, and with `chats--all:rw` all events.',
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
    resolve: async (_root, { botAgentId, chatEventId }, context) => {
      const [chatEvent, botAgent] = await Promise.all([
        chatEventLoader(context).load(chatEventId),
        botAgents(context).load(botAgentId),
      ])
      if (!chatEvent) return null
      const delivery = await deliveriesMade(context).load({ chatEventId, botAgentId })
      return context.webhookExplanations.explain(viewerOf(context), chatEvent, { id: botAgentId, botAgent, delivery })
    },
  }),
  previewWebhooks: t.field({
    ...requires({ scope: deliveryPolicy.read.scope }),
    type: [WebhookPreviewRef],
    description:
      'Which of the last events that you may see in `chatEvents` would have made a webhook to a bot agent of your application, before you save its actions. Newest first. For most applications these are only events that already reached one of their bot agents, so a wider filter shows nothing new: `WebhookPreview` says which scopes show more.',
    complexity: previewComplexity,
    args: {
      actions: t.arg({
        type: [WebhookSubscriptionInput],
        required: true,
        description: 'The actions with their filters, as in WebhooksInput.',
      }),
      last: t.arg.int({
        defaultValue: MOST_PREVIEWED,
        description: `How many events to look at: 1 to ${MOST_PREVIEWED}. Each costs more the more values the filters of an action have.`,
      }),
    },
    resolve: (_root, { actions, last }, context) =>
      context.webhookExplanations.preview(viewerOf(context), context.loaded, { actions, last: last ?? MOST_PREVIEWED }),
  }),
}))

import { BotAgentRef } from '../bot-agents/bot-agent.schema.ts'
import { deliveryPolicy } from '../deliveries/delivery-policy.ts'
import { causeOf, type noticeKinds } from '../deliveries/webhooks-notice.ts'
import type { FeedEntry } from '../feed/feed-entry.ts'
import { builder } from '../graphql/builder.ts'
import { viewerOf } from '../graphql/context.ts'
import { requires } from '../graphql/permission.ts'
import { previousStreamCursor, streamArguments, streamCursor, streamOf } from '../graphql/stream.ts'
import { WebhooksStateRef } from '../webhooks/webhooks.schema.ts'
import { WebhookDeliveryRef } from './webhook-delivery.schema.ts'
import { noticeOf } from './webhook-delivery-service.ts'

const KindRef = builder.enumType('WebhooksStateChangeKind', {
  description: 'What happened to the webhooks of a bot agent.',
  values: {
    PAUSED: {
      description: 'They were paused: ten attempts in a row have failed. A longer pause afterwards is not told again.',
    },
    DISABLED: { description: 'They were disabled: the destination answered 410, or failed for too long.' },
    ENABLED: { description: 'They were paused or disabled, and the owner enabled them, or set the webhooks again.' },
    RECOVERED: { description: 'They were paused, and a probe has succeeded.' },
    GAVE_UP: { description: 'One delivery was given up: its attempts are used up. The state has not changed.' },
  } satisfies Record<(typeof noticeKinds)[number], object>,
})

const WebhooksStateChangeRef = builder.objectRef<FeedEntry>('WebhooksStateChange').implement({
  description:
    'A notice about the webhooks of a bot agent: their state has changed, or a delivery was given up. The notices of one bot agent arrive in order.',
  fields: (t) => ({
    cursor: t.string(streamCursor),
    previousCursor: t.string(previousStreamCursor),
    botAgentId: t.id({
      description: 'The id of the bot agent, which may have been removed since.',
      resolve: ({ botAgentId }) => botAgentId,
    }),
    botAgent: t.field({
      type: BotAgentRef,
      nullable: true,
      description: 'The bot agent as it is now; null if it has been removed.',
      resolve: (entry, _args, { botAgents }) => botAgents.subjectOf(entry),
    }),
    kind: t.field({ type: KindRef, description: 'What happened.', resolve: (entry) => noticeOf(entry).kind }),
    state: t.field({
      type: WebhooksStateRef,
      nullable: true,
      description: 'The state of the webhooks as it is now; null if they have been removed.',
      resolve: async (entry, _args, { botAgents }) => (await botAgents.subjectOf(entry))?.webhooks?.state ?? null,
    }),
    cause: t.string({
      description: 'Why it happened and what you can do, in sentences for people. Their wording may change.',
      resolve: (entry) => causeOf(noticeOf(entry)),
    }),
    delivery: t.field({
      type: WebhookDeliveryRef,
      nullable: true,
      description:
        'The delivery that was given up, or whose attempt caused the webhooks to be paused or disabled, as it is now. Null for ENABLED and RECOVERED, and if it is no longer kept.',
      resolve: (entry, _args, { webhookDeliveries }) => webhookDeliveries.deliveryOfNotice(entry),
    }),
    occurredAt: t.expose('createdAt', { type: 'DateTime', description: 'When it happened.' }),
  }),
})

builder.subscriptionField('webhooksStateChanged', (t) =>
  t.field({
    ...requires(deliveryPolicy.read),
    type: WebhooksStateChangeRef,
    description:
      'Notices about the webhooks of your application’s bot agents, or of all bot agents in the license: paused, disabled, enabled, recovered, or a delivery given up. The stream may end with the same error codes as `botAgentStatusChanged`.',
    args: streamArguments,
    subscribe: (_root, args, context) => context.webhookDeliveries.stateChanges(viewerOf(context), streamOf(args)),
    resolve: (entry) => entry,
  }),
)

import { createContextCache } from '@pothos/core'
import { BotAgentRef } from '../bot-agents/bot-agent.schema.ts'
import { ChatEventRef } from '../chat-events/chat-event.schema.ts'
import { MOST_NAMED } from '../contract/identifier.ts'
import type { WebhookAttemptError, WebhookDeliveryState } from '../database/client/client.ts'
import { deliveryPolicy } from '../deliveries/delivery-policy.ts'
import type { FeedEntry } from '../feed/feed-entry.ts'
import { builder } from '../graphql/builder.ts'
import { actorOf, type Context, viewerOf } from '../graphql/context.ts'
import { mutation, type PayloadOptions } from '../graphql/mutation.ts'
import { pageArguments, pageComplexity } from '../graphql/page.ts'
import { requires, requiresToSee } from '../graphql/permission.ts'
import { streamArguments, streamOf } from '../graphql/stream.ts'
import { WebhookActionRef } from '../webhooks/webhooks.schema.ts'
import type { WebhookAttempt, WebhookDelivery, WebhookDeliveryUpdate } from './webhook-delivery.ts'
import type { WebhookDeliveries } from './webhook-delivery-service.ts'

declare module '../graphql/context.ts' {
  interface Services {
    readonly webhookDeliveries: WebhookDeliveries
  }
}

const WebhookDeliveryStateRef = builder.enumType('WebhookDeliveryState', {
  description: 'What has become of a delivery.',
  values: {
    PENDING: { description: 'It waits for its next attempt.' },
    SUCCEEDED: { description: 'The destination has answered with a 2xx status.' },
    FAILED: { description: 'Its attempts are used up.' },
    HELD: { description: 'The bot agent’s webhooks were disabled: it is kept for a replay.' },
    CANCELLED: { description: 'The bot agent or its webhooks were removed.' },
  } satisfies Record<WebhookDeliveryState, object>,
})

const WebhookAttemptErrorRef = builder.enumType('WebhookAttemptError', {
  description: 'Why an attempt failed.',
  values: {
    HTTP_STATUS: { description: 'The status was not 2xx. Redirects are not followed.' },
    TIMEOUT: { description: 'It took too long, from looking up the name to the end of the answer.' },
    DNS: { description: 'The name could not be found.' },
    CONNECTION: { description: 'The connection was refused or broke.' },
    TLS: { description: 'The certificate does not hold, or TLS failed otherwise.' },
    BLOCKED_ADDRESS: { description: 'The destination has an address that is not public.' },
    INTERRUPTED: { description: 'The gateway died meanwhile; whether it arrived is not known, so it is sent again.' },
  } satisfies Record<WebhookAttemptError, object>,
})

const WebhookAttemptRef = builder.objectRef<WebhookAttempt>('WebhookAttempt').implement({
  description: 'One attempt to send a webhook.',
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'From 1.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it began.' }),
    durationMs: t.exposeInt('durationMs', { description: 'How long it took, in milliseconds.' }),
    statusCode: t.exposeInt('statusCode', { nullable: true, description: 'The HTTP status; null without an answer.' }),
    error: t.expose('error', {
      type: WebhookAttemptErrorRef,
      nullable: true,
      description: 'Why it failed; null if not.',
    }),
    responseBody: t.string({
      nullable: true,
      resolve: ({ responseBody }, _args, { loaded }) => {
        loaded.spend(responseBody?.length ?? 0)
        return responseBody
      },
      description:
        'What the destination answered, at most its first 4 KiB; what is not UTF-8 is replaced, and secret keys are masked as `…`. Null without an answer, and for other applications where the webhook carried what they may not read.',
    }),
    replay: t.exposeBoolean('replay', { description: 'Whether it was asked for, and not due by the schedule.' }),
  }),
})

const deliveries = createContextCache((context: Context) =>
  context.webhookDeliveries.loader(viewerOf(context), context.loaded),
)
const attempts = createContextCache((context: Context) =>
  context.webhookDeliveries.attemptsLoader(viewerOf(context), context.loaded),
)
const chatEvents = createContextCache((context: Context) =>
  context.chatEvents.loader(viewerOf(context), context.loaded),
)
const botAgents = createContextCache((context: Context) => context.botAgents.loader(viewerOf(context), context.loaded))

export const WebhookDeliveryRef = builder.objectRef<WebhookDelivery>('WebhookDelivery')

builder.node(WebhookDeliveryRef, {
  ...requiresToSee(deliveryPolicy.read),
  name: 'WebhookDelivery',
  description: 'A webhook on its way to one bot agent, and the record of it. Kept for 30 days after it has ended.',
  id: { resolve: ({ id }) => id, description: '`dlv_…`; sent as the header `webhook-id`, the same over all attempts.' },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'attemptCount' in value,
  loadWithoutCache: (id: string, context: Context) => deliveries(context).load(id),
  fields: (t) => ({
    botAgentId: t.exposeID('botAgentId', { description: 'The bot agent, also once it is removed.' }),
    botAgent: t.field({
      type: BotAgentRef,
      nullable: true,
      description: 'The bot agent; null once it is removed.',
      resolve: ({ botAgentId }, _args, context) => botAgents(context).load(botAgentId),
    }),
    action: t.expose('action', { type: WebhookActionRef, description: 'What triggered it.' }),
    state: t.expose('state', { type: WebhookDeliveryStateRef, description: 'What has become of it.' }),
    url: t.exposeString('url', {
      description: 'Where its last attempt went, or the next one will: the bot agent’s URL at that time.',
    }),
    chatEvent: t.field({
      type: ChatEventRef,
      nullable: true,
      description:
        'The event that it reports; null for a ping, and for other applications where they may not read what has changed.',
      resolve: ({ chatEventId }, _args, context) => (chatEventId ? chatEvents(context).load(chatEventId) : null),
    }),
    ping: t.exposeBoolean('ping', { description: 'Whether it was sent to try the destination.' }),
    attemptCount: t.exposeInt('attemptCount', { description: 'How many attempts there were.' }),
    attempts: t.field({
      type: [WebhookAttemptRef],
      description: 'The attempts, oldest first; of more than 200 the last 200.',
      resolve: async ({ id }, _args, context) => [...(await attempts(context).load(id))],
    }),
    nextAttemptAt: t.expose('nextAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When it is due next, by the clock of the database; later while the webhooks are PAUSED. Null unless it is PENDING.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it succeeded, failed or was cancelled.',
    }),
  }),
})

const WebhookDeliveryConnectionRef = builder.connectionObject(
  {
    type: WebhookDeliveryRef,
    name: 'WebhookDeliveryConnection',
    description: 'A page of deliveries, the newest first.',
  },
  { name: 'WebhookDeliveryEdge', description: 'A delivery in a list.' },
)

const states = 'Those in one of these states alone.'

builder.objectField(BotAgentRef, 'webhookDeliveries', (t) =>
  t.field({
    type: WebhookDeliveryConnectionRef,
    description: 'The webhooks that were made for it, the newest first.',
    complexity: pageComplexity,
    args: { ...pageArguments, states: t.arg({ type: [WebhookDeliveryStateRef], description: states }) },
    resolve: ({ id: botAgentId }, { states, ...page }, context) =>
      // Who sees the bot agent sees what it is sent.
      context.webhookDeliveries.list(viewerOf(context), context.loaded, {
        all: true,
        botAgentId,
        ...(states && { states }),
        ...page,
      }),
  }),
)

builder.queryFields((t) => ({
  webhookDelivery: t.field({
    ...requires(deliveryPolicy.read),
    type: WebhookDeliveryRef,
    nullable: true,
    description: 'One delivery. Null if there is none with this id, or its bot agent is not yours to see.',
    args: { id: t.arg.id({ required: true, description: 'The delivery: `dlv_…`.' }) },
    resolve: (_root, { id }, context) => deliveries(context).load(id),
  }),
  webhookDeliveries: t.field({
    ...requires(deliveryPolicy.read),
    type: WebhookDeliveryConnectionRef,
    description: 'What was sent, or is to be, to the bot agents of your application, or to all of the license.',
    complexity: pageComplexity,
    args: {
      all: t.arg.boolean({ defaultValue: false, description: 'Those of every application of the license.' }),
      botAgentIds: t.arg.idList({ description: `Those to these bot agents only, at most ${MOST_NAMED}.` }),
      states: t.arg({ type: [WebhookDeliveryStateRef], description: states }),
      ...pageArguments,
    },
    resolve: (_root, { all, botAgentIds, states, ...page }, context) =>
      context.webhookDeliveries.list(viewerOf(context), context.loaded, {
        all: all ?? false,
        ...(botAgentIds && { botAgentIds }),
        ...(states && { states }),
        ...page,
      }),
  }),
}))

const botAgentId = 'The bot agent: 32 lower-case hex characters.'

const deliveryPayload: PayloadOptions<WebhookDelivery | null> = {
  description: 'The delivery, or what was wrong with the input.',
  fields: (t) => ({
    webhookDelivery: t.expose('result', {
      type: WebhookDeliveryRef,
      nullable: true,
      description: 'As it is now; null on failure.',
    }),
  }),
}

mutation('replayWebhookDelivery', {
  ...requires(deliveryPolicy.send),
  description:
    'Sends a webhook again, whatever has become of it: with the same `webhook-id`, in place of a retry that is due.',
  input: {
    description: 'A delivery to send again.',
    fields: (t) => ({ id: t.id({ required: true, description: 'The delivery: `dlv_…`.' }) }),
  },
  run: ({ id }, context) => context.webhookDeliveries.replay(actorOf(context), id),
  payload: deliveryPayload,
})

mutation('replayWebhookDeliveries', {
  ...requires(deliveryPolicy.send),
  description: 'Sends webhooks of one bot agent again. Of two calls at once, each delivery is replayed by one.',
  input: {
    description: 'Deliveries to send again, of any number.',
    fields: (t) => ({
      botAgentId: t.id({ required: true, description: botAgentId }),
      states: t.field({
        type: [WebhookDeliveryStateRef],
        required: true,
        description: 'Those in one of these states.',
      }),
      since: t.field({ type: 'DateTime', description: 'Those made at this time or later.' }),
      until: t.field({ type: 'DateTime', description: 'Those made at this time or earlier.' }),
    }),
  },
  run: (input, context) => context.webhookDeliveries.replayAll(actorOf(context), input),
  payload: {
    description: 'How many are sent again, or what was wrong with the input.',
    fields: (t) => ({
      replayed: t.int({ description: 'How many; 0 on failure.', resolve: ({ result }) => result ?? 0 }),
    }),
  },
})

mutation('pingWebhooks', {
  ...requires(deliveryPolicy.send),
  description:
    'Sends a signed webhook with the action `ping` and no data, once. Does not count for pausing and disabling.',
  input: {
    description: 'A bot agent whose destination is to be tried.',
    fields: (t) => ({ botAgentId: t.id({ required: true, description: botAgentId }) }),
  },
  run: (input, context) => context.webhookDeliveries.ping(actorOf(context), input.botAgentId),
  payload: deliveryPayload,
})

mutation('enableWebhooks', {
  ...requires(deliveryPolicy.send),
  description:
    'Sends webhooks again that were paused or disabled. What was held meanwhile stays so until it is replayed.',
  input: {
    description: 'A bot agent whose webhooks are to be sent again.',
    fields: (t) => ({ botAgentId: t.id({ required: true, description: botAgentId }) }),
  },
  run: (input, context) => context.webhookDeliveries.enable(actorOf(context), input.botAgentId),
  payload: {
    description: 'The bot agent, or what was wrong with the input.',
    fields: (t) => ({
      botAgent: t.field({
        type: BotAgentRef,
        nullable: true,
        description: 'As it is now; null on failure.',
        resolve: ({ result }, _args, context) => (result ? botAgents(context).load(result) : null),
      }),
    }),
  },
})

const updateOf = (entry: FeedEntry) => entry.data as WebhookDeliveryUpdate

const WebhookDeliveryUpdateRef = builder.objectRef<FeedEntry>('WebhookDeliveryUpdate').implement({
  description:
    'What has become of a delivery: one update when it is made, one for each attempt, one for each change of state.',
  fields: (t) => ({
    cursor: t.string({
      description: 'For `after`: goes on behind this update, on any gateway.',
      resolve: (entry, _args, { feed }) => feed.cursor(entry),
    }),
    delivery: t.field({
      type: WebhookDeliveryRef,
      description: 'The delivery as it is now.',
      resolve: async (entry, _args, { webhookDeliveries }) => {
        const delivery = await webhookDeliveries.updated(entry)
        if (!delivery) throw new Error(`The delivery ${updateOf(entry).deliveryId} of the feed is gone`)
        return delivery
      },
    }),
    state: t.field({
      type: WebhookDeliveryStateRef,
      description: 'Its state after this update.',
      resolve: (entry) => updateOf(entry).state,
    }),
    attempt: t.field({
      type: WebhookAttemptRef,
      nullable: true,
      description: 'The attempt that this update reports.',
      resolve: async (entry, _args, context) => {
        const { deliveryId, attempt } = updateOf(entry)
        if (attempt === null) return null
        const all = await attempts(context).load(deliveryId)
        return all.find(({ number }) => number === attempt) ?? null
      },
    }),
  }),
})

builder.subscriptionField('webhookDeliveryUpdated', (t) =>
  t.field({
    ...requires(deliveryPolicy.read),
    type: WebhookDeliveryUpdateRef,
    description:
      'Each attempt and each change of state of your application’s webhooks, or of all of the license. Ends as botAgentStatusChanged does.',
    args: streamArguments,
    subscribe: (_root, args, context) => context.webhookDeliveries.updates(viewerOf(context), streamOf(context, args)),
    resolve: (entry) => entry,
  }),
)

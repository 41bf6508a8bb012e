import { createContextCache } from '@pothos/core'
import { BotAgentRef } from '../bot-agents/bot-agent.schema.ts'
import { ChatEventRef, chatEventLoader } from '../chat-events/chat-event.schema.ts'
import { MOST_NAMED } from '../contract/identifier.ts'
import { RequestError } from '../contract/request-error.ts'
import { deliveryPolicy } from '../deliveries/delivery-policy.ts'
import type { FeedEntry } from '../feed/feed-entry.ts'
import { builder } from '../graphql/builder.ts'
import { actorOf, type Context, viewerOf } from '../graphql/context.ts'
import { jsonTextOf } from '../graphql/json.ts'
import { mutation, type PayloadOptions } from '../graphql/mutation.ts'
import { pageArguments, pageComplexity, pageOf } from '../graphql/page.ts'
import { requires, requiresToSee } from '../graphql/permission.ts'
import { pageCursor } from '../graphql/read-cursor.ts'
import { previousStreamCursor, streamArguments, streamCursor, streamOf } from '../graphql/stream.ts'
import { secretKeyReader, WebhookActionRef } from '../webhooks/webhooks.schema.ts'
import type { DeliveryOrder } from './delivery-cursor.ts'
import { WebhookDeliveryFilterRef, WebhookDeliveryStateRef } from './delivery-filter.schema.ts'
import type { DeliveryListArguments } from './delivery-lists.ts'
import { WebhookAttemptRef } from './webhook-attempt.schema.ts'
import { isHiddenFrom, type WebhookDelivery } from './webhook-delivery.ts'
import { updateOf, type WebhookDeliveries } from './webhook-delivery-service.ts'

declare module '../graphql/context.ts' {
  interface Services {
    readonly webhookDeliveries: WebhookDeliveries
  }
}

/** What counting costs for each node of a page, and what a filtered page costs: both may look at thousands of deliveries. */
const COST_OF_COUNT = 20
const COST_OF_FILTER = 50

const WebhookDeliveryOrderRef = builder.enumType('WebhookDeliveryOrder', {
  description: 'The order of a list of deliveries.',
  values: {
    NEWEST_FIRST: { description: 'By creation, the newest first.' },
    OLDEST_FIRST: { description: 'By creation, the oldest first.' },
  } satisfies Record<DeliveryOrder, object>,
})

const deliveries = createContextCache((context: Context) =>
  context.webhookDeliveries.loader(viewerOf(context), context.loaded),
)
const attempts = createContextCache((context: Context) =>
  context.webhookDeliveries.attemptsLoader(viewerOf(context), context.loaded),
)
const durations = createContextCache((context: Context) => context.webhookDeliveries.durationsLoader(context.loaded))
const contents = createContextCache((context: Context) =>
  context.webhookDeliveries.contentsLoader(viewerOf(context), context.loaded),
)
const botAgents = createContextCache((context: Context) => context.botAgents.loader(viewerOf(context), context.loaded))

export const WebhookDeliveryRef = builder.objectRef<WebhookDelivery>('WebhookDelivery')

builder.node(WebhookDeliveryRef, {
  ...requiresToSee(deliveryPolicy.read),
  name: 'WebhookDelivery',
  description:
    'A webhook to one bot agent, and the record of its attempts. A finished delivery is kept for 30 days, unless the setting WEBHOOK_RETENTION says otherwise.',
  id: {
    resolve: ({ id }) => id,
    description: 'The id: `dlv_…`. It is sent as the header `webhook-id`, the same for all attempts.',
  },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'attemptCount' in value,
  loadWithoutCache: (id: string, context: Context) => deliveries(context).load(id),
  fields: (t) => ({
    botAgentId: t.exposeID('botAgentId', {
      description: 'The id of the bot agent, which may have been removed since.',
    }),
    botAgent: t.field({
      type: BotAgentRef,
      nullable: true,
      description: 'The bot agent; null if it has been removed.',
      resolve: ({ botAgentId }, _args, context) => botAgents(context).load(botAgentId),
    }),
    action: t.expose('action', { type: WebhookActionRef, description: 'The action that triggered it.' }),
    state: t.expose('state', { type: WebhookDeliveryStateRef, description: 'The state of the delivery.' }),
    url: t.exposeString('url', {
      description:
        'The URL of the bot agent’s webhooks at the time of the last attempt, or when the delivery was created if there was no attempt yet.',
    }),
    chatEvent: t.field({
      type: ChatEventRef,
      nullable: true,
      description:
        'The event that it reports. Null for a ping or an example; null also for other applications if the webhook carried data that they may not read.',
      resolve: (delivery, _args, context) =>
        delivery.chatEventId === null || isHiddenFrom(viewerOf(context).clientId, delivery)
          ? null
          : chatEventLoader(context).load(delivery.chatEventId),
    }),
    ping: t.exposeBoolean('ping', {
      description: 'Whether it was sent to test the destination: by `pingWebhooks`, or by `sendExampleWebhook`.',
    }),
    chatId: t.string({
      nullable: true,
      description:
        'The chat of the event, if it has one; null also for other applications if the webhook carried data that they may not read.',
      resolve: (delivery, _args, context) =>
        isHiddenFrom(viewerOf(context).clientId, delivery) ? null : delivery.chatId,
    }),
    attemptCount: t.exposeInt('attemptCount', { description: 'The number of attempts so far.' }),
    attemptsLeft: t.int({
      resolve: (delivery, _args, { webhookDeliveries }) => webhookDeliveries.attemptsLeft(delivery),
      description:
        'How many attempts the retry schedule still has for it. An attempt that is answered with 429 and `Retry-After` uses up none. 0 unless the delivery is PENDING.',
    }),
    attemptsDurationMs: t.int({
      resolve: ({ id }, _args, context) => durations(context).load(id),
      description: 'How long its attempts took together, in milliseconds: the last 200 of them.',
    }),
    requestBody: t.string({
      nullable: true,
      args: {
        withSecretKey: t.arg.boolean({
          defaultValue: false,
          description:
            'Leave the secret key as it was sent, if you may read that of the bot agent. This is recorded in the audit trail.',
        }),
      },
      resolve: async ({ id }, { withSecretKey }, context) => {
        const content = await contents(context).load(id)
        if (!content) return null
        const secretKey = withSecretKey ? await secretKeyReader(context)(content) : null
        const body = content.body(secretKey ?? '…')
        context.loaded.spend(body.length)
        return body
      },
      description:
        'The body as it is sent, byte for byte, but for its `secret_key`, which is masked as `…`. Null if its event is no longer kept; also null for other applications if it carries data that they may not read.',
    }),
    attempts: t.field({
      type: [WebhookAttemptRef],
      description: 'The last 200 attempts, oldest first.',
      resolve: async ({ id }, _args, context) => [...(await attempts(context).load(id))],
    }),
    nextAttemptAt: t.expose('nextAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When the next attempt is due, by the clock of the database; it is made later if the webhooks are PAUSED, or wait for their turn (`maxPerSecond`). Null unless the delivery is PENDING, and while it waits for an earlier one of its chat (`order: CHAT`).',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it succeeded, failed or was cancelled; null before.',
    }),
  }),
})

const WebhookDeliveryConnectionRef = builder.connectionObject(
  {
    type: WebhookDeliveryRef,
    name: 'WebhookDeliveryConnection',
    description:
      'A page of deliveries, in the order that `orderBy` asks for. With a filter that few deliveries pass, a page may have fewer than you ask for, or none, although `hasNextPage` is true: it has looked at as many as it may. Go on from `endCursor`.',
    fields: (t) => ({
      totalCount: t.int({
        description:
          'The number of deliveries on all pages, counted up to 10,000, among 100,000 that may pass the filter. See `totalCountIsExact`.',
        complexity: COST_OF_COUNT,
        resolve: async ({ counted }) => (await counted?.())?.count ?? 0,
      }),
      totalCountIsExact: t.boolean({
        description: 'Whether `totalCount` is all of them. If not, there are or may be more.',
        complexity: COST_OF_COUNT,
        resolve: async ({ counted }) => (await counted?.())?.isExact ?? false,
      }),
      cursor: t.string(pageCursor()),
    }),
  },
  { name: 'WebhookDeliveryEdge', description: 'A delivery in a list.' },
)

const states = 'Only deliveries in one of these states.'

const listArguments = builder.args((t) => ({
  states: t.field({ type: [WebhookDeliveryStateRef], description: `${states} With a \`filter\`, both must hold.` }),
  filter: t.field({ type: WebhookDeliveryFilterRef, description: 'Only deliveries that pass this filter.' }),
  orderBy: t.field({
    type: WebhookDeliveryOrderRef,
    defaultValue: 'NEWEST_FIRST',
    description: 'The order of the list. Cursors belong to one order.',
  }),
  ...pageArguments,
}))

type ListArguments = Pick<DeliveryListArguments, 'filter' | 'first' | 'last'>

/** A page with a filter may look at many deliveries that it does not show. */
const listComplexity = ({ filter, ...page }: ListArguments) => {
  const { field, multiplier } = pageComplexity(page)
  return { field: filter ? COST_OF_FILTER : field, multiplier }
}

builder.objectField(BotAgentRef, 'webhookDeliveries', (t) =>
  t.field({
    type: WebhookDeliveryConnectionRef,
    description: 'The deliveries of its webhooks, newest first if you do not ask for another order.',
    complexity: listComplexity,
    args: listArguments,
    resolve: ({ id: botAgentId }, { states, filter, orderBy, ...page }, context, info) =>
      // A viewer that may see the bot agent may see its deliveries.
      context.webhookDeliveries.list(viewerOf(context), context.loaded, {
        all: true,
        botAgentIds: [botAgentId],
        ...{ states, filter, orderBy },
        ...pageOf(page, info),
      }),
  }),
)

builder.objectField(ChatEventRef, 'deliveries', (t) =>
  t.field({
    type: WebhookDeliveryConnectionRef,
    description:
      'The deliveries that it caused and that you may see, newest first. Those of other applications that carried data you may not read are left out.',
    complexity: pageComplexity,
    args: pageArguments,
    resolve: ({ id }, page, context, info) =>
      context.webhookDeliveries.ofEvent(viewerOf(context), context.loaded, id, pageOf(page, info)),
  }),
)

builder.queryFields((t) => ({
  webhookDelivery: t.field({
    ...requires(deliveryPolicy.read),
    type: WebhookDeliveryRef,
    nullable: true,
    description: 'Fetches a delivery by its id. Null if it does not exist or you may not see its bot agent.',
    args: { id: t.arg.id({ required: true, description: 'The id of the delivery: `dlv_…`.' }) },
    resolve: (_root, { id }, context) => deliveries(context).load(id),
  }),
  webhookDeliveries: t.field({
    ...requires(deliveryPolicy.read),
    type: WebhookDeliveryConnectionRef,
    description: 'The deliveries to the bot agents of your application, or to all bot agents in the license.',
    complexity: listComplexity,
    args: {
      all: t.arg.boolean({
        defaultValue: false,
        description: 'Include deliveries to the bot agents of every application in the license.',
      }),
      botAgentIds: t.arg.idList({
        description: `Only deliveries to these bot agents, at most ${MOST_NAMED}. With a \`filter\`, both must hold.`,
      }),
      ...listArguments,
    },
    resolve: (_root, { all, botAgentIds, states, filter, orderBy, ...page }, context, info) =>
      context.webhookDeliveries.list(viewerOf(context), context.loaded, {
        all: all ?? false,
        ...{ botAgentIds, states, filter, orderBy },
        ...pageOf(page, info),
      }),
  }),
}))

const botAgentId = 'The id of the bot agent: 32 lower-case hex characters.'

const deliveryPayload: PayloadOptions<WebhookDelivery | null> = {
  description: 'The delivery, or what is wrong with the input.',
  fields: (t) => ({
    webhookDelivery: t.expose('result', {
      type: WebhookDeliveryRef,
      nullable: true,
      description: 'The delivery as it is now; null on failure.',
    }),
  }),
}

mutation('replayWebhookDelivery', {
  ...requires(deliveryPolicy.send),
  description:
    'Sends a webhook again, whatever its state, with the same `webhook-id`. Replaces a retry that is scheduled.',
  input: {
    description: 'The delivery to replay.',
    fields: (t) => ({ id: t.id({ required: true, description: 'The id of the delivery: `dlv_…`.' }) }),
  },
  run: ({ id }, context) => context.webhookDeliveries.replay(actorOf(context), id),
  payload: deliveryPayload,
})

mutation('replayWebhookDeliveries', {
  ...requires(deliveryPolicy.send),
  description:
    'Sends webhooks of one bot agent again. If two calls run at the same time, each delivery is replayed only once. The audit trail has one entry for all of them, with their exact number.',
  input: {
    description: 'Which deliveries to replay. There is no limit on their number.',
    fields: (t) => ({
      botAgentId: t.id({ required: true, description: botAgentId }),
      states: t.field({
        type: [WebhookDeliveryStateRef],
        description: `${states} Required unless the \`filter\` has states; with both, both must hold.`,
      }),
      since: t.field({ type: 'DateTime', description: 'Only deliveries that were created at this time or later.' }),
      until: t.field({ type: 'DateTime', description: 'Only deliveries that were created at this time or earlier.' }),
      filter: t.field({
        type: WebhookDeliveryFilterRef,
        description: 'Only deliveries that pass this filter. Pings are not replayed.',
      }),
      dryRun: t.boolean({
        defaultValue: false,
        description: 'Only count the deliveries: nothing is sent, changed or recorded in the audit trail.',
      }),
    }),
  },
  run: (input, context) => context.webhookDeliveries.replayAll(actorOf(context), context.loaded, input),
  payload: {
    description: 'How many deliveries are replayed, or what is wrong with the input.',
    fields: (t) => ({
      matching: t.int({
        description:
          'The number of deliveries that the input selects; 0 on failure. With `dryRun`, what would be replayed. It is counted up to 100,000, among as many that may pass the filter.',
        resolve: ({ result }) => result?.matching ?? 0,
      }),
      matchingIsExact: t.boolean({
        description: 'Whether `matching` is all of them. If not, there are or may be more; false on failure.',
        resolve: ({ result }) => result?.isExact ?? false,
      }),
      replayed: t.int({
        description:
          'The number of deliveries that are replayed; 0 on failure, and with `dryRun`. More than 1,000 are replayed in the background, after the response: then the number is what the range holds now, counted as in `matching`.',
        resolve: ({ result }) => result?.replayed ?? 0,
      }),
    }),
  },
})

mutation('pingWebhooks', {
  ...requires(deliveryPolicy.send),
  description:
    'Sends a signed webhook with the action `ping` and no data, to test the destination. It is not retried, and its outcome neither pauses nor disables webhooks. A bot agent gets at most 30 pings and examples within a minute.',
  input: {
    description: 'The bot agent whose destination to test.',
    fields: (t) => ({ botAgentId: t.id({ required: true, description: botAgentId }) }),
  },
  run: (input, context) => context.webhookDeliveries.ping(actorOf(context), input.botAgentId),
  payload: deliveryPayload,
})

mutation('sendExampleWebhook', {
  ...requires(deliveryPolicy.send),
  description:
    'Sends a signed webhook that shows what one of an action looks like. It is marked as an example: by the header `webhook-example: true`, and by `"example": true` in the body. It is sent once, even if the webhooks are paused or disabled; it is not retried, and its outcome neither pauses nor disables webhooks. A bot agent gets at most 30 pings and examples within a minute.',
  input: {
    description: 'The example to send.',
    fields: (t) => ({
      botAgentId: t.id({ required: true, description: botAgentId }),
      action: t.field({
        type: WebhookActionRef,
        required: true,
        description: 'The action. The bot agent need not listen to it.',
      }),
      data: t.field({
        type: 'JSON',
        description:
          'The `data` to send: an object with at least the fields of the action, up to 32 KiB. Defaults to the `example` of the action in `webhookActions`.',
      }),
    }),
  },
  run: (input, context) =>
    context.webhookDeliveries.sendExample(actorOf(context), input, jsonTextOf(input.data ?? null, context.source)),
  payload: deliveryPayload,
})

mutation('enableWebhooks', {
  ...requires(deliveryPolicy.send),
  description:
    'Resumes webhooks that were paused or disabled. Deliveries that are HELD stay HELD until they are replayed.',
  input: {
    description: 'The bot agent whose webhooks to resume.',
    fields: (t) => ({ botAgentId: t.id({ required: true, description: botAgentId }) }),
  },
  run: (input, context) => context.webhookDeliveries.enable(actorOf(context), input.botAgentId),
  payload: {
    description: 'The bot agent, or what is wrong with the input.',
    fields: (t) => ({
      botAgent: t.field({
        type: BotAgentRef,
        nullable: true,
        description: 'The bot agent as it is now; null on failure.',
        resolve: ({ result }, _args, context) => (result ? botAgents(context).load(result) : null),
      }),
    }),
  },
})

/** Deliveries have a retention of their own. */
const gone = () =>
  new RequestError(
    'CURSOR_EXPIRED',
    'The delivery of the next update is no longer kept. Read the current state again, and subscribe with its `cursor`.',
  )

const WebhookDeliveryUpdateRef = builder.objectRef<FeedEntry>('WebhookDeliveryUpdate').implement({
  description:
    'A change of a delivery: one update when it is created, one for each attempt, and one for each other change of its state.',
  fields: (t) => ({
    cursor: t.string(streamCursor),
    previousCursor: t.string(previousStreamCursor),
    delivery: t.field({
      type: WebhookDeliveryRef,
      description: 'The delivery as it is now.',
      resolve: async (entry, _args, { webhookDeliveries }) => {
        const delivery = await webhookDeliveries.subjectOf(entry)
        if (!delivery) throw gone()
        return delivery
      },
    }),
    state: t.field({
      type: WebhookDeliveryStateRef,
      description: 'The state after this update.',
      resolve: (entry) => updateOf(entry).state,
    }),
    attempt: t.field({
      type: WebhookAttemptRef,
      nullable: true,
      description: 'The attempt that this update reports; null if the update is not about an attempt.',
      resolve: (entry, _args, context) => context.webhookDeliveries.attemptOf(viewerOf(context), entry),
    }),
  }),
})

builder.subscriptionField('webhookDeliveryUpdated', (t) =>
  t.field({
    ...requires(deliveryPolicy.read),
    type: WebhookDeliveryUpdateRef,
    description:
      'Each attempt and each change of state of your application’s deliveries, or of all deliveries in the license. The stream may end with the same error codes as `botAgentStatusChanged`.',
    args: {
      ...streamArguments,
      filter: t.arg({
        type: WebhookDeliveryFilterRef,
        description:
          'Only updates of deliveries that pass this filter. It is applied to the delivery as it was after the update: its state, the last attempt that it had by then, and whether it had been replayed.',
      }),
    },
    subscribe: (_root, { filter, ...args }, context) =>
      context.webhookDeliveries.updates(viewerOf(context), { ...streamOf(args), filter }),
    resolve: (entry) => entry,
  }),
)

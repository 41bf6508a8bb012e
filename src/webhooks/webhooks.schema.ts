import { createContextCache } from '@pothos/core'
import type { WebhookOrder, WebhooksState } from '../database/client/client.ts'
import { builder } from '../graphql/builder.ts'
import { actorOf, type Context } from '../graphql/context.ts'
import { ofParentAlone } from '../graphql/lasting.ts'
import { sizeOf } from '../graphql/loaded.ts'
import { HeaderRef } from './header.schema.ts'
import type { SecretKeys } from './secret-keys.ts'
import { MASK } from './static-headers.ts'
import { type additionalData, type participantTypes, webhookActionNames, webhookActions } from './webhook-action.ts'
import type { WebhookFilters, WebhookSubscription, Webhooks } from './webhooks.ts'

declare module '../graphql/context.ts' {
  interface Services {
    readonly secretKeys: SecretKeys
  }
}

export const WebhookActionRef = builder.enumType('WebhookAction', {
  description: 'An action that can trigger a webhook. Specification: Webhook actions.',
  values: Object.fromEntries(
    webhookActionNames.map((name) => {
      const { filters, additionalData } = webhookActions[name]
      const offers = additionalData.length ? ` Additional data: ${additionalData.join(', ')}.` : ''
      return [name, { description: `Filters: ${filters.join(', ')}.${offers}` }]
    }),
  ) as Record<(typeof webhookActionNames)[number], { description: string }>,
})

export const AdditionalDataRef = builder.enumType('AdditionalData', {
  description: 'Data that a webhook can carry on request.',
  values: {
    CHAT_PROPERTIES: { description: 'The properties of the chat.' },
    ACCESS: { description: 'The groups that have access to the chat.' },
    THREAD_ID: { description: 'The thread of the chat.' },
  } satisfies Record<(typeof additionalData)[number], object>,
})

export const ParticipantTypeRef = builder.enumType('ParticipantType', {
  description: 'The kind of a participant in a chat.',
  values: {
    AGENT: { description: 'An agent, human or bot.' },
    CUSTOMER: { description: 'A customer.' },
  } satisfies Record<(typeof participantTypes)[number], object>,
})

export const WebhooksStateRef = builder.enumType('WebhooksState', {
  description: 'Whether webhooks are being sent.',
  values: {
    ACTIVE: { description: 'Webhooks are sent.' },
    PAUSED: {
      description:
        'The destination is failing: webhooks wait, and the gateway probes the destination from time to time.',
    },
    DISABLED: {
      description:
        'The destination answered 410, or failed for too long: new webhooks are held, and none are sent until you call `enableWebhooks`.',
    },
  } satisfies Record<WebhooksState, object>,
})

const WebhookOrderRef = builder.enumType('WebhookOrder', {
  description: 'In which order webhooks are sent.',
  values: {
    NONE: { description: 'Each as soon as possible: a later one may overtake one that is tried again.' },
    CHAT: {
      description:
        'The webhooks of one chat one after the other, in the order in which the gateway accepted their events. One that is tried again holds back the later ones of its chat, and no others.',
    },
  } satisfies Record<WebhookOrder, object>,
})

type ChatPropertyFilter = NonNullable<WebhookFilters['chatProperties']>[number]
type ChatMemberFilter = NonNullable<WebhookFilters['chatMemberIds']>
type AuthorFilter = NonNullable<WebhookFilters['authorIds']>

const describe = {
  namespace: 'The namespace of the property.',
  name: 'The name of the property.',
  exists: 'Whether the chat has the property.',
  values: 'The property has one of these values: strings, numbers or booleans.',
  excludeValues: 'The property is absent, or has none of these values.',
  agentsAny: 'At least one of these agents is in the chat.',
  agentsExclude: 'None of these agents is in the chat.',
  chatProperties: 'Conditions on properties of the chat; all must be met.',
  chatMemberIds: 'A condition on the agents in the chat.',
  authorType: 'Only events by this kind of author.',
  exclude:
    'None of these is the author: 1 to 100 ids, each once. An event without a known author passes: its author is a text, so a number in `event.author_id` is not known.',
  authorIds: 'A condition on the author, for example so that a bot does not hear itself.',
  onlyMyChats:
    'Only chats that belong to the bot agent’s application: their property `source.client_id` is its client id.',
  url: 'Where webhooks are sent: an http or https URL of up to 500 characters, without a user name or password.',
  secretKey:
    'The secret that is sent with each webhook and used to sign it: 1 to 255 characters. After `whsec_` it must be a key in Base64, as in Standard Webhooks. Stored encrypted.',
  actions: 'The actions that trigger webhooks, each at most once.',
  order: 'In which order they are sent.',
  headers: 'Headers that each webhook has besides those of the gateway. Their values are secrets, stored encrypted.',
  maxPerSecond:
    'How many webhooks may be sent in any second, by all gateways together: 1 to 1,000. What waits for its turn uses up no attempt.',
  action: 'The action.',
  filters: 'Conditions for the action to trigger a webhook; all that are given must be met.',
  additionalData: 'Additional data for the webhook to carry.',
}

const ChatPropertyFilterRef = builder.objectRef<ChatPropertyFilter>('ChatPropertyFilter').implement({
  description: 'A condition on one property of the chat. Exactly one of `exists`, `values` and `excludeValues` is set.',
  fields: (t) => ({
    namespace: t.exposeString('namespace', { description: describe.namespace }),
    name: t.exposeString('name', { description: describe.name }),
    exists: t.exposeBoolean('exists', { nullable: true, description: describe.exists }),
    values: t.expose('values', { type: ['JSON'], nullable: true, description: describe.values }),
    excludeValues: t.expose('excludeValues', { type: ['JSON'], nullable: true, description: describe.excludeValues }),
  }),
})

const ChatMemberFilterRef = builder.objectRef<ChatMemberFilter>('ChatMemberFilter').implement({
  description: 'A condition on the agents in the chat. Exactly one field is set.',
  fields: (t) => ({
    agentsAny: t.exposeIDList('agentsAny', { nullable: true, description: describe.agentsAny }),
    agentsExclude: t.exposeIDList('agentsExclude', { nullable: true, description: describe.agentsExclude }),
  }),
})

const AuthorFilterRef = builder.objectRef<AuthorFilter>('AuthorFilter').implement({
  description: 'A condition on the author of an event.',
  fields: (t) => ({ exclude: t.exposeIDList('exclude', { description: describe.exclude }) }),
})

const WebhookFiltersRef = builder.objectRef<WebhookFilters>('WebhookFilters').implement({
  description: 'Conditions for an action to trigger a webhook. Specification: Filters.',
  fields: (t) => ({
    chatProperties: t.expose('chatProperties', {
      type: [ChatPropertyFilterRef],
      nullable: true,
      description: describe.chatProperties,
    }),
    chatMemberIds: t.expose('chatMemberIds', {
      type: ChatMemberFilterRef,
      nullable: true,
      description: describe.chatMemberIds,
    }),
    authorType: t.expose('authorType', { type: ParticipantTypeRef, nullable: true, description: describe.authorType }),
    authorIds: t.expose('authorIds', { type: AuthorFilterRef, nullable: true, description: describe.authorIds }),
    onlyMyChats: t.exposeBoolean('onlyMyChats', { nullable: true, description: describe.onlyMyChats }),
  }),
})

const WebhookSubscriptionRef = builder.objectRef<WebhookSubscription>('WebhookSubscription').implement({
  description: 'An action that triggers webhooks of a bot agent, and the conditions for it.',
  fields: (t) => ({
    name: t.expose('name', { type: WebhookActionRef, description: describe.action }),
    filters: t.expose('filters', { type: WebhookFiltersRef, nullable: true, description: describe.filters }),
    additionalData: t.expose('additionalData', { type: [AdditionalDataRef], description: describe.additionalData }),
  }),
})

export const secretKeyReader = createContextCache((context: Context) =>
  context.secretKeys.reader(actorOf(context), { inMethod: context.inMethod ?? false }),
)

export const WebhooksRef = builder.objectRef<Webhooks>('Webhooks').implement({
  description: 'Where the webhooks of a bot agent are sent, and what triggers them. Specification: Webhooks.',
  fields: (t) => ({
    url: t.exposeString('url', { description: describe.url }),
    secretKey: t.string({
      nullable: true,
      description: `${describe.secretKey} Null for a bot agent of another application, unless you have the scope \`agents-bot--all:rw\`. Reading it is recorded in the audit trail.`,
      resolve: (webhooks, _args, context) => secretKeyReader(context)(webhooks),
    }),
    state: t.expose('state', { type: WebhooksStateRef, description: 'Whether webhooks are being sent.' }),
    actions: t.field({
      type: [WebhookSubscriptionRef],
      description: describe.actions,
      ...ofParentAlone(({ actions }: Webhooks, _args: object, { loaded }: Context) => {
        loaded.spend(sizeOf(actions))
        return [...actions]
      }),
    }),
    order: t.expose('order', { type: WebhookOrderRef, description: describe.order }),
    headers: t.field({
      type: [HeaderRef],
      description: `${describe.headers} Values can be set, but not read: each is shown as \`${MASK}\`.`,
      resolve: ({ headers }) => headers().map(({ name }) => ({ name, value: MASK })),
    }),
    maxPerSecond: t.exposeInt('maxPerSecond', {
      nullable: true,
      description: `${describe.maxPerSecond} Null: no limit.`,
    }),
  }),
})

const ChatPropertyFilterInput = builder.inputType('ChatPropertyFilterInput', {
  description: 'A condition on one property of the chat. Set exactly one of `exists`, `values` and `excludeValues`.',
  fields: (t) => ({
    namespace: t.string({ required: true, description: describe.namespace }),
    name: t.string({ required: true, description: describe.name }),
    exists: t.boolean({ description: describe.exists }),
    values: t.field({ type: ['JSON'], description: describe.values }),
    excludeValues: t.field({ type: ['JSON'], description: describe.excludeValues }),
  }),
})

const ChatMemberFilterInput = builder.inputType('ChatMemberFilterInput', {
  description: 'A condition on the agents in the chat. Set exactly one field.',
  fields: (t) => ({
    agentsAny: t.idList({ description: describe.agentsAny }),
    agentsExclude: t.idList({ description: describe.agentsExclude }),
  }),
})

const AuthorFilterInput = builder.inputType('AuthorFilterInput', {
  description: 'A condition on the author of an event.',
  fields: (t) => ({ exclude: t.idList({ required: true, description: describe.exclude }) }),
})

const WebhookFiltersInput = builder.inputType('WebhookFiltersInput', {
  description:
    'Conditions for an action to trigger a webhook. The description of each action lists the filters that it takes.',
  fields: (t) => ({
    chatProperties: t.field({ type: [ChatPropertyFilterInput], description: describe.chatProperties }),
    chatMemberIds: t.field({ type: ChatMemberFilterInput, description: describe.chatMemberIds }),
    authorType: t.field({ type: ParticipantTypeRef, description: describe.authorType }),
    authorIds: t.field({ type: AuthorFilterInput, description: describe.authorIds }),
    onlyMyChats: t.boolean({ description: describe.onlyMyChats }),
  }),
})

export const WebhookSubscriptionInput = builder.inputType('WebhookSubscriptionInput', {
  description: 'An action that triggers webhooks, and the conditions for it.',
  fields: (t) => ({
    name: t.field({ type: WebhookActionRef, required: true, description: describe.action }),
    filters: t.field({ type: WebhookFiltersInput, description: describe.filters }),
    additionalData: t.field({ type: [AdditionalDataRef], description: describe.additionalData }),
  }),
})

const HeaderInput = builder.inputType('HeaderInput', {
  description: 'A header to add to webhooks.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description:
        'The name: up to 100 characters. Not one that the gateway sets itself (`host`, `user-agent`, `accept-encoding`, `content-*`, `webhook-*`), `expect`, or one about the connection.',
    }),
    value: t.string({
      required: true,
      description: `The value, a secret: 1 to 1,024 characters of ASCII without control characters. \`${MASK}\` keeps the stored value of the header with this name.`,
      extensions: { secret: true },
    }),
  }),
})

export const WebhooksInput = builder.inputType('WebhooksInput', {
  description:
    'Where to send the webhooks of a bot agent, and what triggers them: at most 32 KiB of JSON. Replaces the previous webhooks as a whole, except for a secret key and headers that you leave out, which stay. **An update without `maxPerSecond` removes the limit, and one without `order` sets it to NONE**, so send them with each update.',
  fields: (t) => ({
    url: t.string({ required: true, description: describe.url }),
    secretKey: t.string({
      description: `${describe.secretKey} Required for the first webhooks of a bot agent. If you leave it out of an update, or set it to null, the key stays as it is.`,
      extensions: { secret: true },
    }),
    actions: t.field({ type: [WebhookSubscriptionInput], required: true, description: describe.actions }),
    order: t.field({
      type: WebhookOrderRef,
      description: `${describe.order} Defaults to NONE, also in an update of webhooks with another order.`,
    }),
    headers: t.field({
      type: [HeaderInput],
      description: `${describe.headers} At most 10, each name once. If you leave them out of an update, or set them to null, they stay as they are; \`[]\` removes them.`,
    }),
    maxPerSecond: t.int({
      description: `${describe.maxPerSecond} Defaults to no limit, also in an update of webhooks with one.`,
    }),
  }),
})

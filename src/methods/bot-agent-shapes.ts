import { z } from 'zod'
import { groupPriorities } from '../bot-agents/bot-agent.ts'
import { BotAgentStatus, DefaultGroupPriority } from '../database/client/client.ts'
import { additionalData, participantTypes, webhookActionNames, webhookActions } from '../webhooks/webhook-action.ts'
import { type Fields, snakeCase, wire, word } from './wire.ts'

/**
 * The objects in requests and responses. Types are checked here; the GraphQL schema checks the rules: the limits in `meta` are only for
 * readers of the OpenAPI description. Specification: Create Bot Agent, Filters.
 */
const propertyValues = z
  .array(z.union([z.string(), z.number(), z.boolean()]))
  .meta({ minItems: 1, maxItems: 100 })
  .nullish()

const propertyTest = wire({
  exists: z.boolean().describe('Whether the chat has the property.').nullish(),
  values: propertyValues.describe('The property has one of these values.'),
  excludeValues: propertyValues.describe('The property is absent, or has none of these values.'),
}).describe('Exactly one test of a property.')

/** On the wire an object by namespace and name, in the schema a list. */
const chatProperties = z.codec(z.record(z.string(), z.record(z.string(), propertyTest)), z.custom<Fields[]>(), {
  decode: (byNamespace) =>
    Object.entries(byNamespace).flatMap(([namespace, byName]) =>
      Object.entries(byName).map(([name, test]) => ({ namespace, name, ...test })),
    ),
  encode: (filters) => {
    const named = filters.map((filter) => [String(filter.name), filter] as const)
    const byNamespace = Map.groupBy(named, ([, { namespace }]) => String(namespace))
    return Object.fromEntries([...byNamespace].map(([namespace, byName]) => [namespace, Object.fromEntries(byName)]))
  },
})

const agentIds = z.array(z.string().meta({ minLength: 1, maxLength: 255 })).meta({ minItems: 1, maxItems: 100 })

const chatMemberIds = wire({
  agentsAny: agentIds.describe('At least one of these agents is in the chat.').nullish(),
  agentsExclude: agentIds.describe('None of these agents is in the chat.').nullish(),
}).describe('Exactly one test of the agents in the chat.')

const filterFields = {
  chatProperties: chatProperties.describe('Tests of properties of the chat, by namespace and name.').nullish(),
  chatMemberIds: chatMemberIds.nullish(),
  authorType: word(participantTypes)
    .describe('Only events written by this kind of author. Only for incoming_event.')
    .nullish(),
  onlyMyChats: z
    .boolean()
    .describe('Whether the chat must belong to the application that owns the bot agent.')
    .nullish(),
}
const filters = wire(filterFields)

const isOnTheWire = (filter: string) => filter in filterFields

/** What an action offers. A filter that the specification does not know is not on the wire. */
export const webhookNames = z.array(
  wire({
    action: word(webhookActionNames).describe('Triggering action.'),
    filters: z.array(z.enum(Object.keys(filterFields).map(snakeCase))).describe('The filters that it takes.'),
    additionalData: z.array(word(additionalData)).describe('The additional data that it offers.'),
  }),
)

export const listedWebhookNames: readonly Fields[] = webhookActionNames.map((action) => ({
  action,
  filters: webhookActions[action].filters.filter(isOnTheWire).map(snakeCase),
  additionalData: webhookActions[action].additionalData,
}))

const action = wire(
  {
    name: word(webhookActionNames).describe('Triggering action.'),
    filters: filters.describe('Conditions for the webhook to be triggered. All of them must be met.').nullish(),
    additionalData: z.array(word(additionalData)).describe('Additional data to send with the webhook.').nullish(),
  },
  { additionalData: [] },
)

const webhooksFields = {
  url: z
    .string()
    .meta({ minLength: 1, maxLength: 500, description: 'Destination URL: http or https, with a public address.' }),
  secretKey: z.string().meta({
    minLength: 1,
    maxLength: 255,
    description:
      'Sent in webhooks so that the receiver can verify their source. It is also the key of their signature.',
  }),
  actions: z.array(action).meta({ minItems: 1, maxItems: webhookActionNames.length, description: 'Each action once.' }),
}

export const webhooks = wire(webhooksFields)

/** As they are read: the gateway can be set not to show the secret keys of other applications to callers that may only read. */
export const webhooksDetails = wire({ ...webhooksFields, secretKey: webhooksFields.secretKey.optional() })

const group = wire({
  id: z.int32().meta({ minimum: 0, description: 'Group ID.' }),
  priority: word(groupPriorities).describe('Priority in the group.'),
})

const groups = z.array(group).meta({ maxItems: 100, description: 'The groups it belongs to, each once.' })

const id = z.string().describe('Bot agent ID: 32 lower-case hex characters.')
const name = z.string().meta({ minLength: 1, maxLength: 255, description: 'Display name.' })
const avatar = z.string().meta({ minLength: 1, maxLength: 2_048, description: 'Avatar URL, with or without a scheme.' })
const status = word(Object.values(BotAgentStatus)).describe('Agent status.')
const maxChatsCount = z.int32().meta({
  minimum: 1,
  maximum: 500,
  description: 'Maximum number of incoming chats that can be routed to the agent.',
})
const defaultGroupPriority = word(Object.values(DefaultGroupPriority)).describe(
  'Routing priority in groups that the bot agent does not list.',
)

export const createBotAgent = wire({
  name,
  avatar: avatar.nullish(),
  status,
  maxChatsCount: maxChatsCount.nullish(),
  defaultGroupPriority: defaultGroupPriority.nullish(),
  groups: groups.nullish(),
  webhooks: webhooks.nullish(),
})

/** Nulls pass here: the schema rejects those that are not allowed, because its message says what null means. */
export const updateBotAgent = wire({
  id,
  name: name.nullish(),
  avatar: avatar.nullish(),
  status: status.nullish(),
  maxChatsCount: maxChatsCount.nullish(),
  defaultGroupPriority: defaultGroupPriority.nullish(),
  groups: groups.nullish(),
  webhooks: webhooks.nullish(),
})

export const botAgentId = wire({ botAgentId: id })

export const botAgent = wire({ id, name, avatar: avatar.optional(), status })

export const botAgentDetails = wire(
  {
    id,
    name,
    avatar: avatar.optional(),
    status,
    application: wire({ clientId: z.string().describe('The application that owns it.') }),
    maxChatsCount,
    defaultGroupPriority: defaultGroupPriority.optional(),
    groups,
    webhooks: webhooksDetails.optional(),
  },
  { defaultGroupPriority: 'NORMAL' },
)

/** The part of the gateway's schema that the benchmark uses, by hand. */
export const botAgentSchema = `
  scalar DateTime
  enum BotAgentStatus { ACCEPTING_CHATS NOT_ACCEPTING_CHATS OFFLINE }
  enum GroupPriority { FIRST NORMAL LAST }
  enum DefaultGroupPriority { FIRST NORMAL LAST SUPERVISOR }
  enum WebhooksState { ACTIVE PAUSED DISABLED }
  type GroupMembership { id: Int! priority: GroupPriority! }
  type Application { clientId: String! }
  type WebhookAction { name: String! }
  type Webhooks { url: String! state: WebhooksState! actions: [WebhookAction!]! }
  type BotAgent {
    id: ID!
    name: String!
    avatar: String
    status: BotAgentStatus!
    maxChatsCount: Int!
    defaultGroupPriority: DefaultGroupPriority!
    groups: [GroupMembership!]!
    application: Application!
    webhooks: Webhooks
    createdAt: DateTime!
    updatedAt: DateTime!
  }
  type BotAgentConnection { nodes: [BotAgent!]! }
  type UserError { message: String! }
  input UpdateBotAgentInput { id: ID! status: BotAgentStatus }
  type UpdateBotAgentPayload { botAgent: BotAgent userErrors: [UserError!]! }
  type Query {
    botAgent(id: ID!): BotAgent
    botAgents(all: Boolean = false, first: Int = 50): BotAgentConnection!
  }
  type Mutation { updateBotAgent(input: UpdateBotAgentInput!): UpdateBotAgentPayload! }
`

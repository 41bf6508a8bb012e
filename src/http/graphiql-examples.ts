/** An operation that GraphiQL opens in a tab of its own, named as the operation. */
export interface Example {
  query: string
  /** JSON. */
  variables?: string
}

/** In the order in which a newcomer tries them. */
export const examples: readonly Example[] = [
  {
    query: `# 1. Creates the specification's bot agent.
#
# Run it: the button on the right, or Ctrl-Enter.
# The answer holds its id. What was wrong with
# the input would stand in userErrors.
#
# Next: ListBotAgents.

mutation CreateBotAgent {
  createBotAgent(
    input: {
      name: "John Doe"
      avatar: "livechat.s3.amazonaws.com/1011121/all/avatars/bdd8924fcbcdbddbeaf60c19b238b0b0.jpg"
      status: ACCEPTING_CHATS
      maxChatsCount: 6
      groups: [
        { id: 0, priority: NORMAL }
        { id: 1, priority: NORMAL }
        { id: 2, priority: FIRST }
      ]
      webhooks: {
        url: "http://myservice.com/webhooks"
        secretKey: "JSauw0Aks8l-asAa"
        actions: [
          { name: INCOMING_CHAT_THREAD }
          { name: INCOMING_EVENT, additionalData: [CHAT_PROPERTIES] }
        ]
      }
    }
  ) {
    botAgent {
      id
      name
      status
    }
    userErrors {
      code
      field
      message
    }
  }
}
`,
  },
  {
    query: `# 2. Lists the bot agents of the license.
#
# Take "all: true" away and it lists those of the
# application that the token is for. The token is
# below, in Headers: a reload brings a new one.
#
# Next: copy an id and go to UpdateBotAgent.

query ListBotAgents {
  botAgents(all: true, first: 20) {
    totalCount
    nodes {
      id
      name
      status
      maxChatsCount
      application {
        clientId
      }
      groups {
        id
        priority
      }
      webhooks {
        url
        actions {
          name
          additionalData
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
  },
  {
    query: `# 3. Changes the status of a bot agent.
#
# First put its id into Variables, below. The
# answer of CreateBotAgent holds one.
# Try ACCEPTING_CHATS and OFFLINE, too.
#
# Next: SubscribeToBotAgentStatus.

mutation UpdateBotAgent($id: ID!, $status: BotAgentStatus!) {
  updateBotAgent(input: { id: $id, status: $status }) {
    botAgent {
      id
      name
      status
      updatedAt
    }
    userErrors {
      code
      field
      message
    }
  }
}
`,
    variables: `{
  "id": "put the id of a bot agent here",
  "status": "NOT_ACCEPTING_CHATS"
}`,
  },
  {
    query: `# 4. Watches the status of the bot agents.
#
# Run it, open this page in a second window and
# run CreateBotAgent or UpdateBotAgent there: the
# change shows here at once. The button stops it;
# leaving the tab does, too. To go on behind an
# event, add its cursor: after: "...".
#
# Next: RemoveBotAgent.

subscription SubscribeToBotAgentStatus {
  botAgentStatusChanged(all: true) {
    cursor
    reason
    previousStatus
    status
    changedAt
    botAgentId
    botAgent {
      name
    }
  }
}
`,
  },
  {
    query: `# 5. Removes a bot agent for good.
#
# First put its id into Variables, below. Those
# who watch it are told: OFFLINE, REMOVED.
#
# Next: AuditTrail.

mutation RemoveBotAgent($id: ID!) {
  removeBotAgent(input: { botAgentId: $id }) {
    botAgentId
    userErrors {
      code
      field
      message
    }
  }
}
`,
    variables: `{
  "id": "put the id of a bot agent here"
}`,
  },
  {
    query: `# 6. Tells who did what to the bot agents of the
# application, removed ones too: the newest first.
#
# Read a secretKey, and see that it was recorded.

query AuditTrail {
  auditTrail(first: 20) {
    nodes {
      createdAt
      action
      botAgentId
      clientId
      address
      accessTokenHash
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
  },
]

/** An operation that GraphiQL opens in its own tab, under the operation's name. */
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
# The result contains its id. Anything wrong with
# the input is listed in userErrors.
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
        url: "https://bots.example/webhooks"
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
# Remove "all: true" to list only those of the
# application that the token belongs to. The token
# is below, in Headers; a reload gets a new one.
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
# result of CreateBotAgent contains one.
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
# change appears here at once. The button stops it,
# and so does leaving the tab. To resume after an
# event, add its cursor: after: "...".
#
# Next: SubscribeToWebhookDeliveries.

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
    query: `# 5. Watches the webhooks of the license.
#
# It shows each attempt to send a webhook, and the
# result. Run "npm run demo" in a second terminal
# to see some. The demo answers 503 now and then:
# that webhook is sent again at nextAttemptAt.
# As above, "after" resumes after a cursor.
#
# Next: ListWebhookDeliveries.

subscription SubscribeToWebhookDeliveries {
  webhookDeliveryUpdated(all: true) {
    cursor
    state
    attempt {
      number
      statusCode
      error
      durationMs
      responseBody
      replay
    }
    delivery {
      id
      action
      url
      attemptCount
      nextAttemptAt
      botAgent {
        name
        webhooks {
          state
        }
      }
    }
  }
}
`,
  },
  {
    query: `# 6. Lists the webhooks that have not arrived.
#
# PENDING: will be sent. FAILED: given up. HELD: its
# bot agent's webhooks are disabled; enable them, then
# replay it.
# Remove "states" to list all of them, newest
# first, with the result of each attempt.
#
# Next: copy an id and go to
# ReplayWebhookDelivery.

query ListWebhookDeliveries {
  webhookDeliveries(
    all: true
    states: [PENDING, FAILED, HELD]
    first: 20
  ) {
    nodes {
      id
      state
      action
      createdAt
      nextAttemptAt
      botAgent {
        name
      }
      chatEvent {
        data
      }
      attempts {
        number
        startedAt
        durationMs
        statusCode
        error
        responseBody
        replay
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
    query: `# 7. Sends a webhook again, at once.
#
# First put the id of a delivery into Variables,
# below. It may be one that has arrived already:
# the receiver recognizes it by its webhook-id.
#
# Next: PublishChatEvent.

mutation ReplayWebhookDelivery($id: ID!) {
  replayWebhookDelivery(input: { id: $id }) {
    webhookDelivery {
      id
      state
      nextAttemptAt
      attemptCount
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
  "id": "put the id of a delivery here"
}`,
  },
  {
    query: `# 8. Publishes a customer's message, as the chat
# platform does.
#
# Every bot agent of the license whose webhooks
# match gets one: "matched" says how many. John Doe
# is one of them, and so are the bots of the demo,
# which prints what they get.
#
# Next: RemoveBotAgent.

mutation PublishChatEvent($input: PublishChatEventInput!) {
  publishChatEvent(input: $input) {
    matched
    chatEvent {
      id
      createdAt
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
  "input": {
    "action": "INCOMING_EVENT",
    "authorType": "CUSTOMER",
    "data": {
      "chat_id": "PJ0MRSHTDG",
      "thread_id": "PGDGHT5G",
      "event": {
        "id": "PGDGHT5G_2",
        "type": "message",
        "text": "Hello from GraphiQL"
      }
    },
    "chat": {
      "id": "PJ0MRSHTDG",
      "properties": { "source": { "type": "facebook" } }
    }
  }
}`,
  },
  {
    query: `# 9. Removes a bot agent for good.
#
# First put its id into Variables, below. Open
# subscriptions get an event: OFFLINE, REMOVED.
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
    query: `# 10. Lists who did what to the application's bot
# agents, including removed ones, newest first.
#
# Query a secretKey, and see that this is recorded.

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

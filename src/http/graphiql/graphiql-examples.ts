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
# "npm run demo" in a second terminal gives it
# something to show: each attempt to send one, and
# what came of it. The demo refuses one now and
# then (503): it is tried again at nextAttemptAt.
# As above, "after" goes on behind a cursor.
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
# PENDING is tried again, FAILED is given up, HELD
# waits as its bot agent's webhooks are disabled.
# Take "states" away and it lists all: the newest
# first, with what came of each attempt.
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
    query: `# 7. Sends a webhook once more, at once.
#
# First put the id of a delivery into Variables,
# below. Any will do, also one that has arrived:
# its bot agent knows it by its webhook-id.
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
    query: `# 8. Reports what a customer writes, as the chat
# platform does.
#
# All bot agents of the license that listen get a
# webhook: "matched" says how many. John Doe is
# one of them, and so are the bots of the demo,
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
    query: `# 10. Tells who did what to the bot agents of the
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

import type { Example } from './page/options.ts'

/**
 * In the order in which a newcomer tries them. The name of an operation is the title of its tab. A variable that page/ids.ts knows, such as
 * `botAgentId`, is filled in by the page. A subscription needs nothing besides: select its `cursor`, and it resumes.
 */
export const examples: readonly Example[] = [
  {
    query: `# Who am I, and what may I do?
#
# Run it: the button on the right, or Ctrl-Enter.
# This is what the gateway knows of the access
# token in Headers.

query Viewer {
  viewer {
    clientId
    licenseId
    scopes
    expiresAt
  }
}
`,
  },
  {
    query: `# Creates the specification's bot agent.
#
# Anything wrong with the input is listed in
# userErrors. Try 1000 as maxChatsCount. The next
# tabs take the id of the new bot agent from here.

mutation Create($input: CreateBotAgentInput!) {
  createBotAgent(input: $input) {
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
    variables: `{
  "input": {
    "name": "John Doe",
    "avatar": "livechat.s3.amazonaws.com/1011121/all/avatars/bdd8924fcbcdbddbeaf60c19b238b0b0.jpg",
    "status": "ACCEPTING_CHATS",
    "maxChatsCount": 6,
    "groups": [
      { "id": 0, "priority": "NORMAL" },
      { "id": 1, "priority": "NORMAL" },
      { "id": 2, "priority": "FIRST" }
    ],
    "webhooks": {
      "url": "https://bots.example/webhooks",
      "secretKey": "JSauw0Aks8l-asAa",
      "actions": [
        { "name": "INCOMING_CHAT_THREAD" },
        { "name": "INCOMING_EVENT", "additionalData": ["CHAT_PROPERTIES"] }
      ]
    }
  }
}`,
  },
  {
    query: `# Lists the bot agents of the license.
#
# Remove "all: true" to list only those of the
# application that the token belongs to.

query List {
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
    query: `# Changes the status of the bot agent that Create
# has made.
#
# Try ACCEPTING_CHATS and OFFLINE, too.

mutation Update(
  $botAgentId: ID!
  $status: BotAgentStatus!
) {
  updateBotAgent(
    input: { id: $botAgentId, status: $status }
  ) {
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
  "botAgentId": "",
  "status": "NOT_ACCEPTING_CHATS"
}`,
  },
  {
    query: `# Lists the actions that a bot agent can listen to.
#
# "filters" and "additionalData" are what each takes
# in webhooks, "dataSchema" is a JSON Schema of what
# arrives.

query Actions {
  webhookActions {
    name
    description
    filters
    additionalData
    example
    dataSchema
  }
}
`,
  },
  {
    query: `# Sends the example of an action to the bot agent
# that Create has made, marked as an example.
#
# The bot agent need not listen to the action. Put
# "data" into the input to send that instead.
# Deliveries lists examples with "ping: true".

mutation Example(
  $botAgentId: ID!
  $action: WebhookAction!
) {
  sendExampleWebhook(
    input: {
      botAgentId: $botAgentId
      action: $action
    }
  ) {
    webhookDelivery {
      id
      state
      action
      ping
      requestBody
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
  "botAgentId": "",
  "action": "INCOMING_CHAT_THREAD"
}`,
  },
  {
    query: `# Publishes a customer's message, as the chat
# platform does.
#
# Every bot agent of the license whose webhooks
# match gets one: "matched" says how many. John Doe
# is one of them, and so are the bots of the demo,
# which prints what they get.

mutation Publish($input: PublishChatEventInput!) {
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
    query: `# Lists the webhooks, newest first, with each
# attempt to send them.
#
# PENDING: will be sent. FAILED: given up. HELD: the
# webhooks of its bot agent are disabled; enable
# them, then replay it. To list only some, add to
# the filter, for instance states: [FAILED, HELD],
# errors: [TIMEOUT], chatId or createdSince.
#
# Replay takes the id of the newest from here.

query Deliveries {
  webhookDeliveries(
    all: true
    first: 20
    filter: { ping: false }
    orderBy: NEWEST_FIRST
  ) {
    totalCount
    totalCountIsExact
    nodes {
      id
      state
      action
      chatId
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
        explanation
        timings {
          connectMs
          firstByteMs
          totalMs
        }
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
    query: `# Sends a webhook again, at once.
#
# It may be one that has arrived already: the
# receiver recognizes it by its webhook-id.

mutation Replay($webhookDeliveryId: ID!) {
  replayWebhookDelivery(
    input: { id: $webhookDeliveryId }
  ) {
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
  "webhookDeliveryId": ""
}`,
  },
  {
    query: `# Lists the events that came in, newest first, with
# the webhooks that each has made.
#
# "matched" is the number of bot agents that it
# matched. To list only some, add to the filter, for
# instance matched: false, chatId or createdSince.

query Events {
  chatEvents(
    first: 20
    filter: { actions: [INCOMING_EVENT] }
  ) {
    nodes {
      id
      action
      chatId
      createdAt
      matched
      data
      deliveries(first: 5) {
        nodes {
          state
          botAgent {
            name
          }
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
    query: `# Says why a bot agent did or did not get an event;
# and which of the last events would match actions
# that you have not saved yet.
#
# The ids are those of Create and Publish. Put in
# others from List and Events, and "facebook" in
# place of "sms".

query Explain(
  $botAgentId: ID!
  $chatEventId: ID!
  $actions: [WebhookSubscriptionInput!]!
) {
  explainWebhook(
    botAgentId: $botAgentId
    chatEventId: $chatEventId
  ) {
    matched
    reasons {
      filter
      held
      message
    }
  }
  previewWebhooks(actions: $actions, last: 10) {
    chatEvent {
      id
      action
      createdAt
    }
    explanation {
      matched
      reasons {
        filter
        held
        message
      }
    }
  }
}
`,
    variables: `{
  "botAgentId": "",
  "chatEventId": "",
  "actions": [
    {
      "name": "INCOMING_EVENT",
      "filters": {
        "chatProperties": [
          { "namespace": "source", "name": "type", "values": ["sms"] }
        ]
      }
    }
  ]
}`,
  },
  {
    query: `# Shows how the webhooks of each bot agent fare; and
# what became of all webhooks of the license, hour
# by hour: the last one is the present hour.
#
# Numbers appear within some seconds. Pings and
# examples do not count. Try MINUTE and DAY.

query Health {
  botAgents(all: true, first: 20) {
    nodes {
      name
      webhooks {
        health {
          state
          since
          lastSuccessAt
          lastFailureAt
          failuresInARow
          failureRate24h
          nextProbeAt
        }
      }
    }
  }
  webhookStatistics(all: true, interval: HOUR) {
    nodes {
      from
      matched
      delivered
      failed
      retried
      held
      failuresByError {
        error
        count
      }
      p50Ms
      p95Ms
    }
  }
}
`,
  },
  {
    query: `# Watches all changes of the bot agents.
#
# Run it, then run Update or Create again: this
# tab goes on meanwhile. Stop the gateway and start
# it again: the stream resumes after the last
# cursor, and nothing is missing. The button stops
# it.

subscription Changes {
  botAgentChanged(all: true) {
    cursor
    kind
    changedFields
    occurredAt
    botAgentId
    botAgent {
      name
      status
      webhooks {
        state
      }
    }
  }
}
`,
  },
  {
    query: `# Watches the status alone, with the one before and
# the reason.

subscription Status {
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
    query: `# Watches the webhooks of the license: each one as
# it is created, sent and, if it was refused, tried
# again at nextAttemptAt.
#
# Run it, then Publish. Or run "npm run demo" in a
# second terminal: its bots answer 503 now and
# then.

subscription DeliveriesLive {
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
    query: `# Watches for webhooks that are paused, disabled or
# enabled, have recovered, or were given up.
#
# Run it and leave it on. Ten failures in a row
# pause the webhooks of a bot agent, an answer 410
# disables them. "cause" says why, and what to do.

subscription Notices {
  webhooksStateChanged(all: true) {
    cursor
    kind
    cause
    occurredAt
    state
    botAgentId
    botAgent {
      name
    }
    delivery {
      id
      state
    }
  }
}
`,
  },
  {
    query: `# Lists who did what to the application's bot
# agents, including removed ones, newest first.
#
# Query a secretKey, and see that this is recorded.

query Audit {
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
  {
    query: `# Removes the bot agent that Create has made, for
# good.
#
# Streams of its status get an event: OFFLINE,
# REMOVED.

mutation Remove($botAgentId: ID!) {
  removeBotAgent(input: { botAgentId: $botAgentId }) {
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
  "botAgentId": ""
}`,
  },
]

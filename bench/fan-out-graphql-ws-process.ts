import { setMaxListeners } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildSchema } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { createPubSub } from 'graphql-yoga'
import { WebSocketServer } from 'ws'
import type { ChangeMessage } from './fan-out-document.ts'
import { processorTime } from './processor-time.ts'

/**
 * graphql-ws with ws, as its documentation puts them together, in a process of its own. Subscribers share nothing but the channel in
 * memory, from which each has an iterator: an event is executed and written for each of them. It knows no tokens and no database.
 */
const { payload } = JSON.parse(process.argv[2] ?? '') as ChangeMessage
// It would warn of many subscribers.
setMaxListeners(0)
const channel = createPubSub<{ changes: [data: object] }>()

const schema = buildSchema(`
  scalar DateTime
  enum BotAgentStatus { ACCEPTING_CHATS NOT_ACCEPTING_CHATS OFFLINE }
  enum BotAgentStatusChangeReason { CREATED REMOVED TOKEN_REVOKED UPDATED }
  type BotAgent { id: ID! name: String! status: BotAgentStatus! }
  type BotAgentStatusChange {
    cursor: String!
    botAgentId: ID!
    status: BotAgentStatus!
    previousStatus: BotAgentStatus
    reason: BotAgentStatusChangeReason!
    changedAt: DateTime!
    botAgent: BotAgent
  }
  type Query { viewer: ID }
  type Subscription { botAgentStatusChanged: BotAgentStatusChange! }
`)
const subscription = { botAgentStatusChanged: () => channel.subscribe('changes') }

const server = createServer((_request, response) => response.end(processorTime()))
useServer({ schema, roots: { subscription } }, new WebSocketServer({ server, path: '/graphql' }))

process.on('message', (changes: number) => {
  for (let change = 0; change < changes; change += 1) channel.publish('changes', payload.data)
})

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())

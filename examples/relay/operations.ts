// What relay-compiler reads. With its plugin for Babel or SWC, you write these where you use them.
import { graphql } from 'relay-runtime'

graphql`
  query operationsViewerQuery {
    viewer { clientId licenseId }
  }
`
graphql`
  query operationsListQuery($after: String) {
    botAgents(first: 2, after: $after) @connection(key: "list_botAgents") {
      cursor
      edges { node { id name status } }
      pageInfo { hasNextPage endCursor }
    }
  }
`
graphql`
  mutation operationsCreateMutation($input: CreateBotAgentInput!, $connections: [ID!]!) {
    createBotAgent(input: $input) {
      botAgent @appendNode(connections: $connections, edgeTypeName: "BotAgentEdge") { id name status }
      userErrors { message }
    }
  }
`
graphql`
  mutation operationsRemoveMutation($input: RemoveBotAgentInput!) {
    removeBotAgent(input: $input) { botAgentId @deleteRecord }
  }
`
graphql`
  subscription operationsChangesSubscription($after: String) {
    botAgentStatusChanged(after: $after) {
      cursor
      botAgentId
      previousStatus
      status
      botAgent { id name status }
    }
  }
`

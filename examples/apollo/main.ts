import { ApolloClient, ApolloLink, gql, HttpLink, type TypedDocumentNode } from '@apollo/client'
import { SetContextLink } from '@apollo/client/link/context'
import { resumeLink } from '@bot-agent-gateway/client/apollo'
import { resume } from '@bot-agent-gateway/client/graphql-ws'
import type { BotAgent, BotAgentConnection, CreateBotAgentPayload, Viewer } from '@bot-agent-gateway/client/schema'
import { accessToken, onInterrupted, socketUrl, url } from '../gateway.ts'
import { type Change, told } from '../story.ts'
import { cache } from './cache.ts'

const sockets = resume({ url: socketUrl, token: accessToken, onInterrupted })
const client = new ApolloClient({
  cache,
  link: ApolloLink.from([
    resumeLink(sockets),
    new SetContextLink(async () => ({ headers: { authorization: `Bearer ${await accessToken()}` } })),
    new HttpLink({ uri: url }),
  ]),
})

type Bot = Pick<BotAgent, 'id' | 'name' | 'status'>
interface Page {
  botAgents: Pick<BotAgentConnection, 'cursor' | 'pageInfo'> & { nodes: Bot[] }
}

const ME: TypedDocumentNode<{ viewer: Viewer }> = gql`
  query { viewer { clientId licenseId } }
`
const LIST: TypedDocumentNode<Page, { after?: string | null | undefined }> = gql`
  query ($after: String) {
    botAgents(first: 2, after: $after) {
      cursor
      nodes { id name status }
      pageInfo { hasNextPage endCursor }
    }
  }
`
const CREATE: TypedDocumentNode<{
  createBotAgent: Pick<CreateBotAgentPayload, 'userErrors'> & { botAgent: Bot | null }
}> = gql`
  mutation {
    createBotAgent(input: { name: "Apollo’s bot", status: OFFLINE }) {
      botAgent { id name status }
      userErrors { message }
    }
  }
`
const REMOVE: TypedDocumentNode<{ removeBotAgent: { botAgentId: string | null } }, { id: string }> = gql`
  mutation ($id: ID!) {
    removeBotAgent(input: { botAgentId: $id }) { botAgentId }
  }
`
const CHANGES: TypedDocumentNode<{ botAgentStatusChanged: Change }, { after?: string | null | undefined }> = gql`
  subscription ($after: String) {
    botAgentStatusChanged(after: $after) {
      cursor
      botAgentId
      previousStatus
      status
      botAgent { id name status }
    }
  }
`

const { data: me } = await client.query({ query: ME })
console.log(`I am ${me?.viewer.clientId}, in license ${me?.viewer.licenseId}`)

// The list, page by page. The cursor of the first page says from where to follow.
const list = client.watchQuery({ query: LIST })
let { data: page } = await list.refetch()
const after = page?.botAgents.cursor
while (page?.botAgents.pageInfo.hasNextPage) {
  ;({ data: page } = await list.fetchMore({ variables: { after: page.botAgents.pageInfo.endCursor } }))
}

// The cache gets a change of a bot agent by its id. A list learns of a new one here.
const { data: created } = await client.mutate({
  mutation: CREATE,
  update: (cache, { data }) => {
    const bot = data?.createBotAgent.botAgent
    if (!bot) return
    cache.updateQuery(
      { query: LIST },
      (list) => list && { botAgents: { ...list.botAgents, nodes: [...list.botAgents.nodes, bot] } },
    )
  },
})
const names = () => client.readQuery({ query: LIST })?.botAgents.nodes.map(({ name }) => name)
console.log(`The list has ${names()?.join(', ')}`)

const changes = client.subscribe({ query: CHANGES, variables: { after } }).subscribe({
  next({ data, error }) {
    if (error) return end(error)
    if (data) console.log(told(data.botAgentStatusChanged))
  },
})
process.once('SIGINT', () => end())

async function end(error?: Error): Promise<void> {
  if (error) console.error(`The stream has ended: ${error.message}`)
  process.exitCode = error ? 1 : 0
  changes.unsubscribe()
  const id = created?.createBotAgent.botAgent?.id
  if (id && !error) await client.mutate({ mutation: REMOVE, variables: { id } })
  client.stop()
  await sockets.dispose()
}

import { resume } from '@bot-agent-gateway/client/graphql-ws'
import type { BotAgent, BotAgentConnection, Viewer } from '@bot-agent-gateway/client/schema'
import { resumeExchange } from '@bot-agent-gateway/client/urql'
import { Client, cacheExchange, fetchExchange, gql, type TypedDocumentNode } from '@urql/core'
import { accessToken, onInterrupted, socketUrl, url } from '../gateway.ts'
import { type Change, told } from '../story.ts'

const sockets = resume({ url: socketUrl, token: accessToken, onInterrupted })
const client = new Client({
  url,
  preferGetMethod: false,
  exchanges: [cacheExchange, resumeExchange(sockets), fetchExchange],
  fetch: async (url, options) =>
    fetch(url, { ...options, headers: { ...options?.headers, authorization: `Bearer ${await accessToken()}` } }),
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
const CREATE: TypedDocumentNode<{ createBotAgent: { botAgent: Bot | null } }> = gql`
  mutation {
    createBotAgent(input: { name: "urql’s bot", status: OFFLINE }) {
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

const me = await client.query(ME, {}).toPromise()
if (me.error) throw me.error
console.log(`I am ${me.data?.viewer.clientId}, in license ${me.data?.viewer.licenseId}`)

/** The list, page by page. The cursor of the first page says from where to follow. */
async function list(): Promise<{ bots: Bot[]; cursor: string | null | undefined }> {
  const bots: Bot[] = []
  let cursor: string | null | undefined
  let after: string | null | undefined
  do {
    const { data, error } = await client.query(LIST, { after }, { additionalTypenames: ['BotAgent'] }).toPromise()
    if (!data) throw error ?? new Error('There is no list')
    bots.push(...data.botAgents.nodes)
    cursor ??= data.botAgents.cursor
    after = data.botAgents.pageInfo.hasNextPage ? data.botAgents.pageInfo.endCursor : undefined
  } while (after)
  return { bots, cursor }
}
const { cursor: after } = await list()

// urql’s document cache forgets each list of bot agents when a mutation has answered with one.
const created = await client.mutation(CREATE, {}).toPromise()
const { bots } = await list()
console.log(`The list has ${bots.map(({ name }) => name).join(', ')}`)

const changes = client.subscription(CHANGES, { after }).subscribe(({ data, error }) => {
  if (error) return end(error)
  if (data) console.log(told(data.botAgentStatusChanged))
})
process.once('SIGINT', () => end())

async function end(error?: Error): Promise<void> {
  if (error) console.error(`The stream has ended: ${error.message}`)
  process.exitCode = error ? 1 : 0
  changes.unsubscribe()
  const id = created.data?.createBotAgent.botAgent?.id
  if (id && !error) await client.mutation(REMOVE, { id }).toPromise()
  await sockets.dispose()
}

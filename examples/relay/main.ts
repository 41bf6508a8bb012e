import { resume } from '@bot-agent-gateway/client/graphql-ws'
import relay, { type GraphQLResponse, type MutationParameters, type OperationType } from 'relay-runtime'
import { accessToken, onInterrupted, socketUrl, url } from '../gateway.ts'
import { told } from '../story.ts'
import changesSubscription, {
  type operationsChangesSubscription,
} from './__generated__/operationsChangesSubscription.graphql.ts'
import createMutation, { type operationsCreateMutation } from './__generated__/operationsCreateMutation.graphql.ts'
import listQuery, { type operationsListQuery } from './__generated__/operationsListQuery.graphql.ts'
import removeMutation, { type operationsRemoveMutation } from './__generated__/operationsRemoveMutation.graphql.ts'
import viewerQuery, { type operationsViewerQuery } from './__generated__/operationsViewerQuery.graphql.ts'

// Relay’s package is CommonJS: Node.js finds its names only here.
const {
  ConnectionHandler,
  createOperationDescriptor,
  Environment,
  fetchQuery,
  getRequest,
  Network,
  Observable,
  RecordSource,
  ROOT_ID,
  Store,
} = relay

const sockets = resume({ url: socketUrl, token: accessToken, onInterrupted })
const environment = new Environment({
  store: new Store(new RecordSource()),
  network: Network.create(
    async ({ text }, variables) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${await accessToken()}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query: text, variables }),
      })
      return (await response.json()) as GraphQLResponse
    },
    ({ text, name }, variables) =>
      Observable.create<GraphQLResponse>((sink) =>
        sockets.subscribe(
          { query: text ?? '', operationName: name, variables },
          {
            next: (result) => sink.next(result as GraphQLResponse),
            error: (error) => sink.error(error as Error),
            complete: sink.complete,
          },
        ),
      ),
  ),
})

const me = await fetchQuery<operationsViewerQuery>(environment, viewerQuery, {}).toPromise()
console.log(`I am ${me?.viewer.clientId}, in license ${me?.viewer.licenseId}`)

// The list, page by page. The cursor of the first page says from where to follow.
environment.retain(createOperationDescriptor(getRequest(listQuery), {}))
const page = (after?: string | null) => fetchQuery<operationsListQuery>(environment, listQuery, { after }).toPromise()
let last = await page()
const after = last?.botAgents.cursor
while (last?.botAgents.pageInfo.hasNextPage) last = await page(last.botAgents.pageInfo.endCursor)

// `@appendNode` puts the new one into the list.
const connections = [ConnectionHandler.getConnectionID(ROOT_ID, 'list_botAgents')]
const created = await commit<operationsCreateMutation>(createMutation, {
  connections,
  input: { name: 'Relay’s bot', status: 'OFFLINE' },
})
const { data } = environment.lookup(createOperationDescriptor(getRequest(listQuery), {}).fragment)
const { edges } = (data as operationsListQuery['response']).botAgents
console.log(`The list has ${edges.map(({ node }) => node.name).join(', ')}`)

const changes = relay.requestSubscription<operationsChangesSubscription>(environment, {
  subscription: changesSubscription,
  variables: { after },
  onNext: (data) => {
    if (data) console.log(told(data.botAgentStatusChanged))
  },
  onError: (error) => end(error),
})
process.once('SIGINT', () => end())

async function end(error?: Error): Promise<void> {
  if (error) console.error(`The stream has ended: ${error.message}`)
  process.exitCode = error ? 1 : 0
  changes.dispose()
  const botAgentId = created.createBotAgent.botAgent?.id
  if (botAgentId && !error) await commit<operationsRemoveMutation>(removeMutation, { input: { botAgentId } })
  await sockets.dispose()
}

function commit<T extends MutationParameters & OperationType>(
  mutation: typeof createMutation,
  variables: T['variables'],
): Promise<T['response']> {
  return new Promise((resolve, reject) => {
    relay.commitMutation<T>(environment, { mutation, variables, onCompleted: resolve, onError: reject })
  })
}

import { resume, type StreamEnded } from '@bot-agent-gateway/client/sse'
import { create, list, me, remove } from '../bots.ts'
import { accessToken, onInterrupted, url } from '../gateway.ts'
import { type Change, told } from '../story.ts'

const { clientId, licenseId } = await me()
console.log(`I am ${clientId}, in license ${licenseId}`)

const { bots, cursor: after } = await list()
const own = await create('graphql-sse’s bot')
bots.set(own.id, own)
console.log(`The list has ${[...bots.values()].map(({ name }) => name).join(', ')}`)

const client = resume({ url, token: accessToken, onInterrupted })
const query = `subscription ($after: String) {
  botAgentStatusChanged(after: $after) {
    cursor
    botAgentId
    previousStatus
    status
    botAgent { id name status }
  }
}`
const changes = client.iterate<{ botAgentStatusChanged: Change }>({ query, variables: { after } })
process.once('SIGINT', () => client.dispose())

try {
  for await (const { data, errors } of changes) {
    if (data) console.log(told(data.botAgentStatusChanged))
    else console.error(errors?.[0]?.message)
  }
  await remove(own.id)
} catch (error) {
  console.error(`The stream has ended: ${(error as StreamEnded).message}`)
  process.exitCode = 1
}

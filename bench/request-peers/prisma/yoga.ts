import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PrismaPg } from '@prisma/adapter-pg'
import { createYoga } from 'graphql-yoga'
import { processorTime } from '../../processor-time.ts'
import { callerOf } from '../bearer.ts'
import type { RequestPeer } from '../request-peer.ts'
import { schema } from './bot-agent.schema.ts'
import { PrismaClient } from './client/client.ts'

/** The gateway's own libraries, and one more: the schema is made of the models of Prisma, which reads relations on its own. */
export const yogaPothosPrisma: RequestPeer = async (databaseUrl) => {
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl, max: 20 }) })
  const yoga = createYoga({
    schema,
    context: ({ request }) => ({ prisma, caller: callerOf(request.headers.get('authorization') ?? undefined) }),
    logging: false,
    graphiql: false,
    landingPage: false,
  })
  const server = createServer((request, response) => {
    if (request.url === '/metrics') response.end(processorTime())
    else yoga(request, response)
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return (server.address() as AddressInfo).port
}

import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { type MercuriusLoaders, mercurius } from 'mercurius'
import { processorTime } from '../processor-time.ts'
import { type Caller, callerOf, readable, writable } from './bearer.ts'
import type { BotAgents } from './bot-agent.ts'
import { botAgentSchema } from './bot-agent-schema.ts'

/**
 * Fastify with mercurius, as quick as its settings make it: each operation is compiled when it comes again, nothing is logged, and rows
 * have the shape of the schema.
 * @returns the port
 */
export async function listenWithMercurius(botAgents: BotAgents, loaders: MercuriusLoaders = {}): Promise<number> {
  const app = Fastify()
  app.get('/metrics', async () => processorTime())
  await app.register(mercurius, {
    schema: botAgentSchema,
    jit: 1,
    ...compilation,
    context: ({ headers }) => ({ caller: callerOf(headers.authorization) }),
    resolvers: {
      Query: {
        botAgent: (_root, { id }: { id: string }, { caller }) => botAgents.find(readable(caller), id),
        async botAgents(_root, { all, first }: { all: boolean; first: number }, { caller }) {
          const reach = readable(caller)
          return { nodes: await botAgents.page(all ? reach : { ...reach, clientId: caller.clientId }, first) }
        },
      },
      Mutation: {
        async updateBotAgent(_root, { input: { id, status } }: Update, { caller }) {
          const botAgent = await botAgents.setStatus(writable(caller), id, status)
          if (botAgent) return { botAgent, userErrors: [] }
          return { botAgent: null, userErrors: [{ message: 'is not the id of a bot agent that you may change' }] }
        },
      },
    },
    loaders,
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

/**
 * Statuses and the like come from enums of the database: they need no check on their way out. Documented, but missing in the types of
 * mercurius.
 */
const compilation = { compilerOptions: { disableLeafSerialization: true, disablingCapturingStackErrors: true } }

interface Update {
  readonly input: { readonly id: string; readonly status: string }
}

declare module 'mercurius' {
  interface MercuriusContext {
    readonly caller: Caller
  }
}

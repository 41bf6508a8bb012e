import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { postgraphile } from 'postgraphile'
import { TYPES } from 'postgraphile/@dataplan/pg'
import { makePgService } from 'postgraphile/adaptors/pg'
import { context } from 'postgraphile/grafast'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { extendSchema, gql, makeJSONPgSmartTagsPlugin } from 'postgraphile/utils'
import { processorTime } from '../processor-time.ts'
import { callerOf, readable } from './bearer.ts'
import type { RequestPeer } from './request-peer.ts'

/**
 * PostGraphile over the tables in normal form. The columns and relations of a bot agent are its own work, in production mode, with its
 * quickest output.
 */
export const postgraphilePeer: RequestPeer = async (databaseUrl) => {
  const instance = postgraphile({
    extends: [PostGraphileAmberPreset],
    plugins: [names, rootFields],
    // Ids are those of the rows.
    disablePlugins: ['NodePlugin'],
    pgServices: [makePgService({ connectionString: databaseUrl, schemas: ['public'], poolConfig: { max: 20 } })],
    grafast: {
      explain: false,
      context: ({ node }) => ({ reach: readable(callerOf(node?.req.headers.authorization)) }),
    },
    grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false, websockets: false, outputDataAsString: true },
  })
  const graphql = instance.createServ(grafserv).createHandler()
  const server = createServer((request, response) => {
    if (request.url === '/metrics') response.end(processorTime())
    else graphql(request, response)
  })
  await instance.getSchema()
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return (server.address() as AddressInfo).port
}

/** Rows are read through the root fields below and through bot agents, and in no other way. */
const nothing = '-*'
const throughBotAgent = '-query:resource:list -query:resource:connection -query:resource:single'
const names = makeJSONPgSmartTagsPlugin({
  version: 1,
  config: {
    class: {
      bot_agent: { tags: { behavior: throughBotAgent } },
      bot_agent_group: { tags: { behavior: throughBotAgent } },
      bot_agent_action: { tags: { behavior: throughBotAgent } },
      feed_entry: { tags: { behavior: nothing } },
      audit_entry: { tags: { behavior: nothing } },
    },
    constraint: {
      'bot_agent_group.bot_agent_group_bot_agent_id_fkey': {
        tags: { foreignSimpleFieldName: 'groups', behavior: '+list -connection' },
      },
      'bot_agent_action.bot_agent_action_bot_agent_id_fkey': {
        tags: { foreignSimpleFieldName: 'actions', behavior: '+list -connection' },
      },
    },
  },
})

/**
 * The permission check is a condition of the statement. Row-level security would need a transaction and settings for each request, which
 * takes longer.
 */
const rootFields = extendSchema((build) => {
  const { bot_agent: botAgent } = build.pgResources
  if (!botAgent) throw new Error('The tables are missing.')
  const { sql } = build
  const inReach = () => {
    const $botAgents = botAgent.find()
    const $reach = context().get('reach')
    const licenseId = $botAgents.placeholder($reach.get('licenseId'), TYPES.int)
    const clientId = $botAgents.placeholder($reach.get('clientId'), TYPES.text)
    $botAgents.where(sql`${$botAgents.alias}.license_id = ${licenseId}`)
    $botAgents.where(sql`(${clientId} is null or ${$botAgents.alias}.client_id = ${clientId})`)
    return $botAgents
  }
  return {
    typeDefs: gql`
      extend type Query {
        botAgent(id: String!): BotAgent
        botAgents(first: Int!): [BotAgent!]!
      }
    `,
    objects: {
      Query: {
        plans: {
          botAgent(_$root, given) {
            const $botAgents = inReach()
            $botAgents.where(sql`${$botAgents.alias}.id = ${$botAgents.placeholder(given.getRaw('id'), TYPES.text)}`)
            return $botAgents.single()
          },
          botAgents(_$root, given) {
            const $botAgents = inReach()
            // PostGraphile adds the id.
            $botAgents.orderBy({ attribute: 'created_at', direction: 'ASC' })
            $botAgents.setFirst(given.getRaw('first'))
            return $botAgents
          },
        },
      },
    },
  }
})

declare global {
  namespace Grafast {
    interface Context {
      readonly reach: ReturnType<typeof readable>
    }
  }
}

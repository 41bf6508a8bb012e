import {
  DirectiveLocation,
  GraphQLDirective,
  type GraphQLNamedType,
  type GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  isObjectType,
} from 'graphql'
import './audit/audit-entry.schema.ts'
import './graphql/viewer.schema.ts'
import './webhooks/webhooks.schema.ts'
import './chat-events/chat-event.schema.ts'
import './chat-events/webhook-catalogue.schema.ts'
import './delivery-log/webhook-delivery.schema.ts'
import './delivery-log/webhook-statistics.schema.ts'
import './delivery-log/webhooks-state-change.schema.ts'
import './delivery-log/webhook-explanation.schema.ts'
import './properties/property-definition.schema.ts'
import './properties/property-value.schema.ts'
import './properties/property-search.schema.ts'
import './bot-agents/bot-agent.schema.ts'
import './bot-agents/bot-agent-batches.schema.ts'
import './bot-agents/bot-agent-counts.schema.ts'
import './bot-agents/bot-agent-status-change.schema.ts'
import './bot-agents/bot-agent-change.schema.ts'
import { builder } from './graphql/builder.ts'
import { introduction } from './graphql/introduction.ts'
import { describePermissions, guardEvents } from './graphql/permission.ts'

const auth = new GraphQLDirective({
  name: 'auth',
  description:
    'The permission that a field or type requires. The access token must at least be valid. Objects that a caller may not see are treated as if they did not exist.',
  locations: [DirectiveLocation.FIELD_DEFINITION, DirectiveLocation.OBJECT],
  args: {
    scope: {
      type: GraphQLString,
      description: 'The required scope. `rw` contains `ro`, `all` contains `my`.',
    },
    others: {
      type: GraphQLString,
      description:
        'The scope that gives access to what other applications of the license own. If absent, there is no access to it.',
    },
  },
})

/** @throws if a root field or a Node type declares no permission */
export function buildSchema(): GraphQLSchema {
  const built = builder.toSchema()
  demandPermissions(built)
  describePermissions(built)
  guardEvents(built)
  readIdsAsTheyAre(built)
  const config = built.toConfig()
  return new GraphQLSchema({ ...config, description: introduction, directives: [...config.directives, auth] })
}

/** The plugin for Relay encodes the id of each node in a promise of its own. Ours are not encoded. */
function readIdsAsTheyAre(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap()).filter(isNode)) delete type.getFields().id?.resolve
}

/** @throws unless the permission is declared in `@auth` and enforced, which permission.ts does together */
export function demandPermissions(schema: GraphQLSchema): void {
  const open = guarded(schema).filter(([, { extensions }]) => !declaresPermission(extensions))
  if (open.length === 0) return
  const names = open.map(([name]) => name).join(', ')
  throw new Error(`No permission is declared on ${names}: spread requires(…) or requiresToSee(…) into the options`)
}

function guarded(schema: GraphQLSchema): (readonly [name: string, { extensions: Record<string, unknown> }])[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  const fields = roots.flatMap((root) =>
    Object.values(root?.getFields() ?? {}).map((field) => [`${root}.${field.name}`, field] as const),
  )
  return [
    ...fields,
    ...Object.values(schema.getTypeMap())
      .filter(isNode)
      .map((type) => [type.name, type] as const),
  ]
}

function isNode(type: GraphQLNamedType): type is GraphQLObjectType {
  return isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node')
}

function declaresPermission(extensions: {
  directives?: { auth?: object }
  pothosOptions?: { authScopes?: unknown }
}): boolean {
  return Boolean(extensions.directives?.auth && extensions.pothosOptions?.authScopes)
}

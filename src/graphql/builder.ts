import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin, { type AuthFailure } from '@pothos/plugin-scope-auth'
import { typeOfId } from '../contract/identifier.ts'
import type { Scope } from '../identity/scope.ts'
import { may } from '../identity/viewer.ts'
import { type Context, viewerOf } from './context.ts'
import { DateTime } from './date-time.ts'
import { Json } from './json.ts'
import { forbidden, requires } from './permission.ts'

const nodeTypes = ['BotAgent', 'WebhookDelivery', 'ChatEvent', 'AuditEntry'] as const

/** The field of the list itself counts the nodes, by `first`. */
const ofPage = { field: 0, multiplier: 1 }

export const builder = new SchemaBuilder<{
  Context: Context
  AuthScopes: { token: boolean; scope: Scope }
  DefaultFieldNullability: false
  DefaultEdgesNullability: false
  DefaultNodeNullability: false
  /** Only for lists that can count their nodes: all, or up to a limit. They are functions, because counting takes a separate query. */
  Connection: {
    totalCount?: () => Promise<number>
    counted?: () => Promise<{ readonly count: number; readonly isExact: boolean }>
  }
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    JSON: { Input: unknown; Output: unknown }
  }
}>({
  plugins: [RelayPlugin, ComplexityPlugin, ScopeAuthPlugin],
  defaultFieldNullability: false,
  scopeAuth: {
    authorizeOnSubscribe: true,
    // Once for each object, instead of once for each of its fields.
    runScopesOnType: true,
    authScopes: (context) => {
      const viewer = viewerOf(context)
      return { token: true, scope: (scope) => may(viewer, scope) }
    },
    unauthorizedError: (_parent, _context, info, { failure }) => {
      return forbidden(`${info.parentType.name}.${info.fieldName}`, missingScope(failure))
    },
  },
  relay: {
    // Ids are not encoded: the form of an id shows its type.
    encodeGlobalID: (_typename, id) => String(id),
    decodeGlobalID: (id) => ({ typename: typeOfId(nodeTypes, id) ?? '', id }),
    nodeTypeOptions: { description: 'An object that `node` can fetch by its id.' },
    nodeQueryOptions: {
      ...requires({}),
      description:
        'Fetches an object by its id. Null if the object does not exist or you may not see it: seeing it takes the same scopes as the query for its type.',
      args: { id: { description: 'The id of the object.' } },
      resolve: (_root, { id }, _context, _info, load) => (id.typename ? load(id) : null),
    },
    nodesQueryOptions: false,
    cursorType: 'String',
    nodesOnConnection: { description: 'The nodes without their cursors.', complexity: ofPage },
    edgesFieldOptions: { description: 'The nodes of this page, each with its cursor.', complexity: ofPage },
    nodeFieldOptions: { description: 'The node itself.' },
    cursorFieldOptions: {
      description:
        'Pass it as `after` to get the nodes that follow, or as `before` to get those that precede. It stays valid when the node is removed.',
    },
    pageInfoTypeOptions: { description: 'The position of a page in its list. Relay: GraphQL Cursor Connections.' },
    hasNextPageFieldOptions: {
      description:
        'Whether there are nodes after this page; with `before`, whether there were when that cursor was made.',
    },
    hasPreviousPageFieldOptions: {
      description:
        'Whether there are nodes before this page; with `after`, whether there were when that cursor was made.',
    },
    startCursorFieldOptions: {
      description: 'The cursor of the first node, to pass as the next `before`; null if the page is empty.',
    },
    endCursorFieldOptions: {
      description: 'The cursor of the last node, to pass as the next `after`; null if the page is empty.',
    },
    pageInfoFieldOptions: { description: 'The position of this page in its list.' },
  },
  // The plugin only counts. The limits are in execution/operation-cost.ts.
  complexity: { disabled: true, defaultListMultiplier: 5 },
})

builder.addScalarType('DateTime', DateTime)
builder.addScalarType('JSON', Json)
export const QueryRef = builder.queryType({ description: 'Everything that can be read.' })
builder.mutationType({
  description: 'Everything that can be changed. The response is sent after the change is committed.',
})
builder.subscriptionType({ description: 'Everything that can be watched, without gaps or duplicates.' })

function missingScope(failure: AuthFailure): unknown {
  if ('failures' in failure) return failure.failures.map(missingScope).find(Boolean)
  return failure.kind === 'AuthScope' && failure.scope === 'scope' ? failure.parameter : undefined
}

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

const nodeTypes = ['BotAgent', 'WebhookDelivery', 'ChatEvent'] as const

/** The list's own field counts its nodes, by `first`. */
const ofPage = { field: 0, multiplier: 1 }

export const builder = new SchemaBuilder<{
  Context: Context
  AuthScopes: { token: boolean; scope: Scope }
  DefaultFieldNullability: false
  DefaultEdgesNullability: false
  DefaultNodeNullability: false
  /** For lists that can tell. Asked for apart, as it is another query. */
  Connection: { totalCount?: () => Promise<number> }
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
    authScopes: (context) => {
      const viewer = viewerOf(context)
      return { token: true, scope: (scope) => may(viewer, scope) }
    },
    unauthorizedError: (_parent, _context, info, { failure }) => {
      return forbidden(`${info.parentType.name}.${info.fieldName}`, missingScope(failure))
    },
  },
  relay: {
    // An id is the identifier itself: its form tells the type.
    encodeGlobalID: (_typename, id) => String(id),
    decodeGlobalID: (id) => ({ typename: typeOfId(nodeTypes, id) ?? '', id }),
    nodeTypeOptions: { description: 'What has an id of its own, by which `node` finds it.' },
    nodeQueryOptions: {
      ...requires({}),
      description:
        'Anything that has an id, under the permission of its own query. Null if there is no such thing, or it is not yours to see.',
      args: { id: { description: 'The id as its type gives it.' } },
      resolve: (_root, { id }, _context, _info, load) => (id.typename ? load(id) : null),
    },
    nodesQueryOptions: false,
    cursorType: 'String',
    nodesOnConnection: { description: 'The nodes alone, for who needs no cursors.', complexity: ofPage },
    edgesFieldOptions: { description: 'The nodes of this page, each with its cursor.', complexity: ofPage },
    nodeFieldOptions: { description: 'The node itself.' },
    cursorFieldOptions: { description: 'For `after`. Stays good when the node is gone.' },
    pageInfoTypeOptions: { description: 'Where a page lies in its list. Relay: GraphQL Cursor Connections.' },
    hasNextPageFieldOptions: { description: 'Whether there is more behind this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether this page began behind a cursor.' },
    startCursorFieldOptions: { description: 'Cursor of the first node; null on an empty page.' },
    endCursorFieldOptions: { description: 'Cursor of the last node, for the next `after`; null on an empty page.' },
    pageInfoFieldOptions: { description: 'Where this page lies in its list.' },
  },
  // The limits themselves hold for operations as a whole: see limits.ts.
  complexity: { disabled: true, defaultListMultiplier: 5 },
})

builder.addScalarType('DateTime', DateTime)
builder.addScalarType('JSON', Json)
builder.queryType({ description: 'Everything that can be read.' })
builder.mutationType({ description: 'Everything that can be changed. An answer leaves after its commit.' })
builder.subscriptionType({ description: 'Everything that can be watched, with no gap and no double.' })

function missingScope(failure: AuthFailure): unknown {
  if ('failures' in failure) return failure.failures.map(missingScope).find(Boolean)
  return failure.kind === 'AuthScope' && failure.scope === 'scope' ? failure.parameter : undefined
}

import SchemaBuilder from '@pothos/core'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import type { Scope } from '../../../src/identity/scope.ts'
import type { Caller } from '../bearer.ts'
import type { PrismaClient } from './client/client.ts'
import type PrismaTypes from './client/pothos-types.ts'
import { getDatamodel } from './client/pothos-types.ts'

/** As the guides of Pothos and of its plugins put it together. */
export const builder = new SchemaBuilder<{
  PrismaTypes: PrismaTypes
  Context: { caller: Caller; prisma: PrismaClient }
  AuthScopes: { holds: readonly Scope[] }
  Scalars: { DateTime: { Input: Date; Output: Date } }
  DefaultFieldNullability: false
}>({
  plugins: [ScopeAuthPlugin, PrismaPlugin, RelayPlugin],
  defaultFieldNullability: false,
  prisma: { client: ({ prisma }) => prisma, dmmf: getDatamodel(), onUnusedQuery: null },
  relay: { clientMutationId: 'omit', cursorType: 'String', nodesOnConnection: true },
  scopeAuth: {
    authScopes: ({ caller }) => ({ holds: (needed) => needed.some((scope) => caller.scopes.has(scope)) }),
  },
})

builder.scalarType('DateTime', { serialize: (date) => date.toJSON() })
builder.queryType()
builder.mutationType()

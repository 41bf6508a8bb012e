import { defaultFieldResolver, type GraphQLField, type GraphQLSchema, isObjectType } from 'graphql'
import { RequestError } from '../contract/request-error.ts'
import type { Permission } from '../identity/reach.ts'
import type { Scope } from '../identity/scope.ts'
import { may } from '../identity/viewer.ts'
import { type Context, viewerOf } from './context.ts'

/** Options of a root field: the scope that it requires. Where the argument `all` is true, it requires the scope `others` instead. */
export function requires(permission: Permission) {
  return {
    extensions: { directives: { auth: permission } },
    authScopes: (_parent: unknown, args: object) => {
      const scope = requiredScope(permission, args)
      return scope ? { scope } : { token: true }
    },
  }
}

function requiredScope({ scope, others }: Permission, args: object): Scope | undefined {
  return others && 'all' in args && args.all ? others : scope
}

/** Options of a root field that either scope opens, and that shows what the viewer may see with what it has. */
export function requiresEither(permission: Required<Permission>) {
  return {
    extensions: { directives: { auth: permission } },
    authScopes: (_parent: unknown, _args: object, context: Context) => {
      const { scope, others } = permission
      return { scope: may(viewerOf(context), others) ? others : scope }
    },
  }
}

/** Introspection does not show `@auth`, so the description of each field with a permission ends with a sentence on it. */
export function describePermissions(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    for (const field of Object.values(type.getFields())) {
      const { auth } = (field.extensions.directives ?? {}) as { auth?: Permission }
      if (auth) field.description = [field.description, inWords(auth, field)].filter(Boolean).join('\n\n')
    }
  }
}

/** Says of a field what `requiredScope` decides, or what `reachOf` does where the field has no argument `all`. */
function inWords({ scope, others }: Permission, { args }: GraphQLField<unknown, unknown>): string {
  const needed = scope ? `the scope \`${scope}\`` : 'an access token'
  if (!others) return `Requires ${needed}.`
  const when = args.some(({ name }) => name === 'all') ? 'with `all: true`' : 'for what other applications own'
  return `Requires ${needed}; ${when}, \`${others}\`.`
}

/** @param where such as `Query.botAgents` */
export function forbidden(where: string, scope: unknown): RequestError {
  const message = scope
    ? `\`${where}\` needs the scope ${scope}, which your access token does not have.`
    : `\`${where}\` is not visible to you.`
  return new RequestError('FORBIDDEN', message)
}

/** scope-auth checks the permission of a subscription only when it begins. This checks it again for each event. */
export function guardEvents(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {})) {
    const { resolve = defaultFieldResolver } = field
    const { auth } = field.extensions.directives as { auth: Permission }
    field.resolve = (event, args, context: Context, info) => {
      const scope = requiredScope(auth, args)
      if (!viewerMay(context, scope)) throw forbidden(`Subscription.${field.name}`, scope)
      return resolve(event, args, context, info)
    }
  }
}

function viewerMay(context: Context, scope: Scope | undefined): boolean {
  const viewer = viewerOf(context)
  return scope === undefined || may(viewer, scope)
}

/** Options of a Node type whose loader returns only what the viewer may see; checks the license once more. */
export function requiresReach() {
  return {
    extensions: { directives: { auth: {} satisfies Permission } },
    authScopes: (object: { licenseId: number }, context: Context) => object.licenseId === viewerOf(context).licenseId,
  }
}

/** Options of a Node type that only the application sees that owns what it is about. */
export function requiresToOwn(permission: Pick<Required<Permission>, 'scope'>) {
  const toOwn = { scope: permission.scope }
  return {
    extensions: { directives: { auth: permission } },
    authScopes: (object: { licenseId: number; ownerClientId: string }, context: Context) => {
      const viewer = viewerOf(context)
      return object.licenseId === viewer.licenseId && object.ownerClientId === viewer.clientId && toOwn
    },
  }
}

/** Options of a Node type: each object is checked, however the operation has reached it. */
export function requiresToSee(permission: Required<Permission>) {
  // scope-auth decides once for each of these two in an operation, because they are the same objects each time.
  const toOwn = { scope: permission.scope }
  const toOthers = { scope: permission.others }
  return {
    extensions: { directives: { auth: permission } },
    authScopes: (object: { licenseId: number; clientId: string }, context: Context) => {
      const viewer = viewerOf(context)
      if (object.licenseId !== viewer.licenseId) return false
      return object.clientId === viewer.clientId ? toOwn : toOthers
    },
  }
}

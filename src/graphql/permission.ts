import { defaultFieldResolver, type GraphQLSchema } from 'graphql'
import { RequestError } from '../contract/request-error.ts'
import type { Permission } from '../identity/reach.ts'
import type { Scope } from '../identity/scope.ts'
import { may } from '../identity/viewer.ts'
import { type Context, viewerOf } from './context.ts'

/** For a root field, to be spread into its options. `others` is demanded where the argument `all` is true. */
export function requires(permission: Permission) {
  return {
    extensions: { directives: { auth: permission } },
    authScopes: (_parent: unknown, args: object) => {
      const scope = asked(permission, args)
      return scope ? { scope } : { token: true }
    },
  }
}

function asked({ scope, others }: Permission, args: object): Scope | undefined {
  return others && 'all' in args && args.all ? others : scope
}

/** @param where such as `Query.botAgents` */
export function forbidden(where: string, scope: unknown): RequestError {
  const message = scope
    ? `\`${where}\` needs the scope ${scope}, which your access token does not hold.`
    : `\`${where}\` is not yours to see.`
  return new RequestError('FORBIDDEN', message)
}

/** scope-auth asks for the permission of a subscription when it begins: here it is asked for with each event. */
export function guardEvents(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {})) {
    const { resolve = defaultFieldResolver } = field
    const { auth } = field.extensions.directives as { auth: Permission }
    field.resolve = (event, args, context: Context, info) => {
      const scope = asked(auth, args)
      if (!viewerMay(context, scope)) throw forbidden(`Subscription.${field.name}`, scope)
      return resolve(event, args, context, info)
    }
  }
}

function viewerMay(context: Context, scope: Scope | undefined): boolean {
  const viewer = viewerOf(context)
  return scope === undefined || may(viewer, scope)
}

/** For a Node type that is found by nobody but those who may see it: its own query has the reach. */
export function requiresReach() {
  return {
    extensions: { directives: { auth: {} satisfies Permission } },
    authScopes: (object: { licenseId: number }, context: Context) => object.licenseId === viewerOf(context).licenseId,
  }
}

/** For a Node type, to be spread into its options: whichever way one comes to an object, it is held against this. */
export function requiresToSee(permission: Required<Permission>) {
  return {
    extensions: { directives: { auth: permission } },
    authScopes: (object: { licenseId: number; clientId: string }, context: Context) => {
      const viewer = viewerOf(context)
      if (object.licenseId !== viewer.licenseId) return false
      return { scope: object.clientId === viewer.clientId ? permission.scope : permission.others }
    },
  }
}

import type { Scope } from '../identity/scope.ts'
import { type Context, viewerOf } from './context.ts'

/** What a root field or a Node type demands, as `schema.graphql` shows it in `@auth`. */
export interface Permission {
  /** The scope without which the field can't be used; absent: any valid access token will do. */
  readonly scope?: Scope
  /** The scope that opens what other applications of the license own; absent: it stays closed. */
  readonly others?: Scope
}

/** For a root field, to be spread into its options. `others` is demanded where the argument `all` is true. */
export function requires(permission: Permission) {
  return {
    extensions: { directives: { auth: permission } },
    authScopes: (_parent: unknown, args: object) => {
      const { scope, others } = permission
      const asked = others && 'all' in args && args.all ? others : scope
      return asked ? { scope: asked } : { token: true }
    },
  }
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

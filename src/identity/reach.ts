import type { Scope } from './scope.ts'
import { may, type Viewer } from './viewer.ts'

/** The scopes that an action requires. A policy names them once for each noun; the schema shows them in `@auth`. */
export interface Permission {
  /** The scope that the field requires; absent: any valid access token is enough. */
  readonly scope?: Scope
  /** The scope that gives access to what other applications of the license own; absent: no access to it. */
  readonly others?: Scope
}

/** What a viewer may access: a license, or one application in it. Every `where` of a read or write starts from it. */
export interface Reach {
  readonly licenseId: number
  readonly clientId?: string
}

/** @returns what the viewer may access with this permission; `undefined` if it lacks the scope */
export function reachOf(viewer: Viewer, { scope, others }: Permission): Reach | undefined {
  if (scope && !may(viewer, scope)) return undefined
  return others && may(viewer, others) ? license(viewer) : own(viewer)
}

/**
 * @returns what a list or a stream covers, once its field has checked the scope: with `all` the license, otherwise the caller's
 * application
 */
export function listed(viewer: Viewer, { all }: { all: boolean }): Reach {
  return all ? license(viewer) : own(viewer)
}

/** @returns the reach of only the caller's application */
export function own({ licenseId, clientId }: Pick<Viewer, 'licenseId' | 'clientId'>): Required<Reach> {
  return { licenseId, clientId }
}

/** @returns whether something that an application owns is within a reach */
export function isWithin(reach: Reach | undefined, { licenseId, clientId }: Required<Reach>): boolean {
  return reach?.licenseId === licenseId && (reach.clientId ?? clientId) === clientId
}

function license({ licenseId }: Viewer): Reach {
  return { licenseId }
}

import type { Scope } from './scope.ts'
import { may, type Viewer } from './viewer.ts'

/** The scopes that one way of using a thing takes. A policy names them once for each noun; the schema shows them in `@auth`. */
export interface Permission {
  /** The scope without which the field can't be used; absent: any valid access token is enough. */
  readonly scope?: Scope
  /** The scope that opens what other applications of the license own; absent: it stays closed. */
  readonly others?: Scope
}

/** What belongs to a license, or to one application in it. Every `where` of a read or write starts from it. */
export interface Reach {
  readonly licenseId: number
  readonly clientId?: string
}

/** @returns what the viewer may use in this way; `undefined` where it lacks the scope */
export function reachOf(viewer: Viewer, { scope, others }: Permission): Reach | undefined {
  if (scope && !may(viewer, scope)) return undefined
  return others && may(viewer, others) ? license(viewer) : own(viewer)
}

/** What a list or a stream covers, once its field has checked the scope: the caller's application, or with `all` the license. */
export function listed(viewer: Viewer, { all }: { all: boolean }): Reach {
  return all ? license(viewer) : own(viewer)
}

/** What the caller's application owns. */
export function own({ licenseId, clientId }: Pick<Viewer, 'licenseId' | 'clientId'>): Required<Reach> {
  return { licenseId, clientId }
}

/** Whether something that belongs to an application lies within a reach. */
export function isWithin(reach: Reach | undefined, { licenseId, clientId }: Required<Reach>): boolean {
  return reach?.licenseId === licenseId && (reach.clientId ?? clientId) === clientId
}

function license({ licenseId }: Viewer): Reach {
  return { licenseId }
}

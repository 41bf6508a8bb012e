import type { Turn } from '../admission/turns.ts'
import type { Feed } from '../feed/feed.ts'
import type { Actor } from '../identity/actor.ts'
import type { TokensInUse } from '../identity/revocation/tokens-in-use.ts'
import { Unauthenticated } from '../identity/unauthenticated.ts'
import { tenantOf, type Viewer } from '../identity/viewer.ts'
import { siteOf } from '../outbound/addresses.ts'
import type { RequestSource } from './json.ts'
import { Loaded } from './loaded.ts'

/** What resolvers call. Each feature adds its services to this interface, in its `*.schema.ts`. */
export interface Services {
  readonly feed: Feed
  readonly tokensInUse: TokensInUse
}

/** One operation, or one event of a subscription: what was decided or loaded for one is not good for the next. */
export interface Context extends Services {
  /** Who calls, or why that can't be told: it is asked for by the fields that need it. */
  readonly authentication: Viewer | Unauthenticated
  /** From where: an IP address. */
  readonly address: string
  /** Frees the connection of a client that has stopped reading, in a way that makes it come back. */
  readonly dropConnection: () => void
  /** Whether a stream ends itself with its token, as over HTTP; a WebSocket is closed as a whole. */
  readonly streamEndsWithToken: boolean
  /** The turn in which the operation runs; over when it has run, or its stream has begun. */
  readonly turn: Turn
  /** What it has loaded so far, which is limited. */
  readonly loaded: Loaded
  /** What the operation came in; absent where it is one of our own. */
  readonly source?: RequestSource | undefined
  /** Whether it is the document of one of the specification's methods. */
  readonly inMethod?: boolean
}

/** @throws Unauthenticated */
export function viewerOf({ authentication }: Context): Viewer {
  if (authentication instanceof Unauthenticated) throw authentication
  return authentication
}

/** Who shares a turn, and what streams may keep: an application in a license, or a stranger's network. */
export function callerOf({ authentication, address }: Pick<Context, 'authentication' | 'address'>): string {
  return authentication instanceof Unauthenticated ? siteOf(address) : tenantOf(authentication)
}

/** Who does something, for the record. @throws Unauthenticated */
export function actorOf(context: Context): Actor {
  return { ...viewerOf(context), address: context.address }
}

/** The same caller, for the next event of a subscription: nothing cached, and the token as it stands now. */
export function renewed(context: Context): Context {
  const { authentication, tokensInUse } = context
  return { ...context, authentication: recheck(authentication, tokensInUse), loaded: new Loaded() }
}

/** Checks again who calls on a socket or stream that has been open for a while. */
export function recheck(authentication: Viewer | Unauthenticated, tokensInUse: TokensInUse): Viewer | Unauthenticated {
  if (authentication instanceof Unauthenticated) return authentication
  try {
    return tokensInUse.recheck(authentication)
  } catch (error) {
    if (error instanceof Unauthenticated) return error
    throw error
  }
}

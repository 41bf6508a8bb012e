import type { Turn } from '../admission/turns.ts'
import type { FeedPlace } from '../feed/cursor.ts'
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

/** The context of one operation, or of one event of a subscription. Nothing that was decided or loaded for one is reused for the next. */
export interface Context extends Services {
  /** The caller, or the reason why it is unknown. Fields that need a caller fail with that reason. */
  readonly authentication: Viewer | Unauthenticated
  /** The caller's IP address. */
  readonly address: string
  /** Disconnects a client whose stream can't go on, in a way that makes it reconnect. Over HTTP the stream has some time to end by itself. */
  readonly dropConnection: (reason: string) => void
  /** Whether a stream ends when its token ends, as over HTTP. A WebSocket is closed as a whole instead. */
  readonly streamEndsWithToken: boolean
  /** Called when a result depends on who exactly acts. */
  readonly noteActor?: () => void
  /**
   * Sends results of a stream, each as JSON, past the protocol's own promises. Absent where that is not possible.
   * @returns whether the client keeps up; if not, nothing was sent
   */
  readonly send?: ((results: readonly Buffer[]) => boolean) | undefined
  /** The turn in which the operation runs. It ends when the operation has run, or its stream has begun. */
  readonly turn: Turn
  /** Where the feed was before the operation read anything; `undefined` if it had not settled yet. */
  readonly asOf: FeedPlace | undefined
  /** For an event of a stream: the position of the one before it; `undefined` if it is the first of a stream that began from now. */
  readonly previous?: bigint | undefined
  /** Counts what the operation loads, which is limited. */
  readonly loaded: Loaded
  /** The request that carried the operation; absent for the gateway's own operations. */
  readonly source?: RequestSource | undefined
  /** Whether it is the document of one of the specification's methods. */
  readonly inMethod?: boolean
}

/** @throws Unauthenticated */
export function viewerOf({ authentication }: Context): Viewer {
  if (authentication instanceof Unauthenticated) throw authentication
  return authentication
}

/** @returns the key by which turns and the room of streams are shared: an application in a license, or the network of an anonymous caller */
export function callerOf({ authentication, address }: Pick<Context, 'authentication' | 'address'>): string {
  return authentication instanceof Unauthenticated ? siteOf(address) : tenantOf(authentication)
}

/** @returns who acts, for the audit trail @throws Unauthenticated */
export function actorOf(context: Context): Actor {
  context.noteActor?.()
  return { ...viewerOf(context), address: context.address }
}

/**
 * @param previous the position of the event before it
 * @returns a context for the next event of a subscription: nothing is cached, and the token is checked again
 */
export function renewed(context: Context, previous: bigint | undefined): Context {
  const { authentication, tokensInUse, feed } = context
  return {
    ...context,
    authentication: recheck(authentication, tokensInUse),
    asOf: feed.now(),
    previous,
    loaded: new Loaded(),
  }
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

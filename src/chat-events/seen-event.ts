import type { ChatContext, ChatProperties } from './chat-event.ts'
import { readableBy, type StoredProperties } from './chat-seen.ts'
import { type MatchedEvent, propertyOf } from './matching.ts'

/** Bytes of JSON of what is kept with an event. */
const MOST_BYTES = 8 * 1_024
/** Of these, what `owned` takes if all of it is left out. What all may know must not depend on what only some may know. */
const RESERVED = Buffer.byteLength(',"owned":"CUT"')

/** Why something that filters look at is not known: there was too much of it to keep, or nobody looked at it when the event came. */
export type Missing = 'CUT' | 'UNREAD'

/** What matching looked at, as it is kept with an event. What is absent was not there. */
interface SeenEvent {
  readonly author?: NonNullable<MatchedEvent['authorType']>
  readonly authorId?: string
  readonly agents?: readonly string[] | 'CUT'
  /** Those that all applications may read. */
  readonly properties?: ChatProperties | Missing
  /** Those that only the application of their namespace may read. */
  readonly owned?: Readonly<Record<string, ChatProperties[string] | 'CUT'>> | 'CUT'
}

/** An event as one application saw it when it came. */
export interface RememberedEvent extends MatchedEvent {
  readonly missing: {
    readonly agents?: Missing
    /** Absent: it is known whether the chat had the property, as far as the application may read it. */
    property(namespace: string, name: string): Missing | undefined
  }
}

/**
 * Leaves out what is too much: of what all may know the properties first, then the agents; of what only some may know the largest namespaces
 * first.
 * @param stored the stored properties of the chat, if somebody looked at them
 * @returns JSON text
 */
export function writeSeen(
  { authorType: author, authorId, chat }: Pick<MatchedEvent, 'authorType' | 'authorId'> & { chat: ChatContext | null },
  stored: StoredProperties | undefined,
): string {
  const written = { ...(author && { author }), ...(authorId !== null && { authorId }) }
  const agents = chat && chat.agentIds.length > 0 ? { agents: chat.agentIds } : {}
  const properties = chat ? sharedOf(chat, stored) : {}
  const shared = firstThatFits(MOST_BYTES - RESERVED, [
    { ...written, ...agents, ...properties },
    { ...written, ...agents, properties: 'CUT' },
    { ...written, agents: 'CUT', properties: 'CUT' },
  ])
  const owned = chat && !chat.properties && shared.properties !== 'CUT' ? (stored?.owned ?? {}) : {}
  if (isEmpty(owned)) return JSON.stringify(shared)
  return JSON.stringify({
    ...shared,
    owned: fitted(owned, MOST_BYTES - bytesOf(shared) - Buffer.byteLength(',"owned":')),
  })
}

function sharedOf({ properties }: ChatContext, stored: StoredProperties | undefined): SeenEvent {
  const shared = properties ?? stored?.shared
  if (!shared) return { properties: 'UNREAD' }
  return isEmpty(shared) ? {} : { properties: shared }
}

/** @param most bytes that are left for it */
function fitted(owned: ChatProperties, most: number): NonNullable<SeenEvent['owned']> {
  const smallestFirst = Object.entries(owned)
    .map(([namespace, named]) => ({
      namespace,
      named,
      cut: bytesOf({ [namespace]: 'CUT' }),
      whole: bytesOf({ [namespace]: named }),
    }))
    .toSorted((one, other) => one.whole - other.whole)
  // The braces of each stand for its comma.
  let bytes = 1 + smallestFirst.reduce((sum, { cut }) => sum + cut - 1, 0)
  if (bytes > most) return 'CUT'
  const kept = smallestFirst.map(({ namespace, named, cut, whole }) => {
    if (bytes + whole - cut > most) return [namespace, 'CUT'] as const
    bytes += whole - cut
    return [namespace, named] as const
  })
  return Object.fromEntries(kept)
}

function firstThatFits(most: number, candidates: readonly SeenEvent[]): SeenEvent {
  const first = candidates.find((seen) => bytesOf(seen) <= most)
  if (first) return first
  throw new Error('What is kept with an event is too large, although nothing of it can be large')
}

function bytesOf(value: object): number {
  return Buffer.byteLength(JSON.stringify(value))
}

/**
 * @param event with `seen` as `writeSeen` returned it
 * @param clientId the application whose view it is; absent: only what all applications may see
 */
export function readSeen(
  { action, seen }: Pick<MatchedEvent, 'action'> & { seen: string },
  clientId?: string,
): RememberedEvent {
  const { author, authorId, agents, properties: kept, owned = {} } = JSON.parse(seen) as SeenEvent
  const shared = typeof kept === 'object' ? kept : {}
  const properties = clientId === undefined ? shared : readableBy({ shared, owned: whole(owned) }, clientId).properties
  const isCut = (namespace: string) =>
    owned === 'CUT' || (Object.hasOwn(owned, namespace) && owned[namespace] === 'CUT')
  return {
    action,
    authorType: author ?? null,
    authorId: authorId ?? null,
    chat: { properties, agentIds: typeof agents === 'object' ? agents : [] },
    missing: {
      ...(typeof agents === 'string' && { agents }),
      property(namespace, name) {
        if (typeof kept === 'string') return kept
        if (clientId === undefined || propertyOf(shared, namespace, name) !== undefined) return undefined
        const isReadable = namespace === clientId || (namespace === 'source' && name === 'client_id')
        return isReadable && isCut(namespace) ? 'CUT' : undefined
      },
    },
  }
}

/** @returns the namespaces of which nothing was left out */
function whole(owned: NonNullable<SeenEvent['owned']>): ChatProperties {
  if (owned === 'CUT') return {}
  const kept = Object.entries(owned).filter((of): of is [string, ChatProperties[string]] => of[1] !== 'CUT')
  return Object.fromEntries(kept)
}

function isEmpty(properties: ChatProperties): boolean {
  return Object.keys(properties).length === 0
}

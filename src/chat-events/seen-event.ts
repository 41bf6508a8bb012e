import type { ChatContext, ChatProperties } from './chat-event.ts'
import { readableBy, type StoredProperties } from './chat-seen.ts'
import type { MatchedEvent } from './matching.ts'

/** Bytes of JSON of what is kept with an event. Properties are left out first, then agents. */
const MOST_BYTES = 8 * 1_024

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
  readonly owned?: ChatProperties
}

/** An event as one application saw it when it came. */
export interface RememberedEvent extends MatchedEvent {
  readonly missing: { readonly properties?: Missing; readonly agents?: Missing }
}

/** @param stored the stored properties of the chat, if somebody looked at them. @returns JSON text */
export function writeSeen(
  { authorType: author, authorId, chat }: Pick<MatchedEvent, 'authorType' | 'authorId'> & { chat: ChatContext | null },
  stored: StoredProperties | undefined,
): string {
  const seen: SeenEvent = {
    ...(author && { author }),
    ...(authorId !== null && { authorId }),
    ...(chat && chat.agentIds.length > 0 && { agents: chat.agentIds }),
    ...(chat && propertiesOf(chat, stored)),
  }
  const { owned: _, ...shared } = seen
  const fewer: SeenEvent[] = [
    { ...shared, properties: 'CUT' },
    { ...shared, properties: 'CUT', agents: 'CUT' },
  ]
  for (const kept of [seen, ...fewer]) {
    const text = JSON.stringify(kept)
    if (Buffer.byteLength(text) <= MOST_BYTES) return text
  }
  throw new Error('What is kept with an event is too large, although nothing of it can be large')
}

function propertiesOf({ properties }: ChatContext, stored: StoredProperties | undefined): SeenEvent {
  if (properties) return isEmpty(properties) ? {} : { properties }
  if (!stored) return { properties: 'UNREAD' }
  const { shared, owned } = stored
  return { ...(!isEmpty(shared) && { properties: shared }), ...(!isEmpty(owned) && { owned }) }
}

/**
 * @param event with `seen` as `writeSeen` returned it
 * @param clientId the application whose view it is; absent: only what all applications may see
 */
export function readSeen(
  { action, seen }: Pick<MatchedEvent, 'action'> & { seen: string },
  clientId?: string,
): RememberedEvent {
  const { author, authorId, agents, properties, owned } = JSON.parse(seen) as SeenEvent
  const stored = { shared: typeof properties === 'object' ? properties : {}, owned: owned ?? {} }
  return {
    action,
    authorType: author ?? null,
    authorId: authorId ?? null,
    chat: {
      properties: clientId === undefined ? stored.shared : readableBy(stored, clientId).properties,
      agentIds: typeof agents === 'object' ? agents : [],
    },
    missing: {
      ...(typeof properties === 'string' && { properties }),
      ...(typeof agents === 'string' && { agents }),
    },
  }
}

function isEmpty(properties: ChatProperties): boolean {
  return Object.keys(properties).length === 0
}

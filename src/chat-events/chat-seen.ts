import type { Transaction } from '../database/database.ts'
import type { ChatContext, ChatProperties } from './chat-event.ts'

/** The properties of a chat as one application may read them, and whether some of them are hidden from others. */
interface ReadableProperties {
  readonly properties: ChatProperties
  readonly hidden: boolean
}

/** The properties that are stored for a chat. */
export interface StoredProperties {
  /** Those that all applications may read. */
  readonly shared: ChatProperties
  /** Those that only the application of their namespace may read. */
  readonly owned: ChatProperties
}

/** Reads them. */
export type ChatPropertiesReader = (
  transaction: Transaction,
  licenseId: number,
  chatId: string,
) => Promise<StoredProperties>

/** The chat of an event as one application may see it. */
export interface SeenChat {
  /** Null: there is no chat, or nothing is known about it. */
  readonly chat: (ChatContext & { readonly properties: ChatProperties }) | null
  /** Whether others may not see some of its properties. */
  readonly hidden: boolean
}

/** The chat of an event as applications see it. */
export interface ChatSeen {
  /** With everything that any application may see. */
  readonly whole: SeenChat['chat']
  by(clientId: string): SeenChat
  /** Absent: they were not read. */
  readonly stored?: StoredProperties
}

/** @returns the chat with the properties that the event carries, which everyone may see; without properties if it carries none */
export function carriedChat(chat: ChatContext | null): ChatSeen {
  const whole = chat && { ...chat, properties: chat.properties ?? {} }
  return { whole, by: () => ({ chat: whole, hidden: false }) }
}

/** @param readStored reads the stored properties, which count if the event does not carry properties itself */
export async function seenChat(
  chat: ChatContext | null,
  readStored: (chatId: string) => Promise<StoredProperties>,
): Promise<ChatSeen> {
  if (!chat || chat.properties) return carriedChat(chat)
  const stored = await readStored(chat.id)
  const known = new Map<string, SeenChat>()
  return {
    stored,
    whole: { ...chat, properties: merged(stored.shared, stored.owned) },
    by(clientId) {
      const seen = known.get(clientId)
      if (seen) return seen
      const { properties, hidden } = readableBy(stored, clientId)
      const first = { chat: { ...chat, properties }, hidden }
      known.set(clientId, first)
      return first
    },
  }
}

/** An application may always know that a chat is its own, whatever the access to the property: `onlyMyChats` needs it. */
export function readableBy({ shared, owned }: StoredProperties, clientId: string): ReadableProperties {
  const own = Object.entries(owned).flatMap(([namespace, named]) => {
    if (namespace === clientId) return [[namespace, named] as const]
    const saysWhose = namespace === 'source' && Object.hasOwn(named, 'client_id') && named.client_id === clientId
    return saysWhose ? [[namespace, { client_id: clientId }] as const] : []
  })
  if (own.length === 0) return { properties: shared, hidden: false }
  return { properties: merged(shared, Object.fromEntries(own)), hidden: true }
}

/** Only own members: a namespace may be called `constructor`, and one called `__proto__` must not get lost. */
function merged(shared: ChatProperties, owned: ChatProperties): ChatProperties {
  const of = (properties: ChatProperties, namespace: string) =>
    Object.hasOwn(properties, namespace) ? properties[namespace] : {}
  const namespaces = new Set([...Object.keys(shared), ...Object.keys(owned)])
  return Object.fromEntries([...namespaces].map((name) => [name, { ...of(shared, name), ...of(owned, name) }]))
}

import type { Transaction } from '../database/database.ts'
import type { ChatContext, ChatProperties } from './chat-event.ts'

/** The properties of a chat as one application may read them, and whether some of them are hidden from others. */
interface ReadableProperties {
  readonly properties: ChatProperties
  readonly hidden: boolean
}

/** The properties that are stored for a chat. */
export interface StoredProperties {
  /** Whoever may read them. */
  readonly all: ChatProperties
  readBy(clientId: string): ReadableProperties
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
    whole: { ...chat, properties: stored.all },
    by(clientId) {
      const seen = known.get(clientId)
      if (seen) return seen
      const { properties, hidden } = stored.readBy(clientId)
      const first = { chat: { ...chat, properties }, hidden }
      known.set(clientId, first)
      return first
    },
  }
}

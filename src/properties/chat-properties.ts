import type { StoredProperties } from '../chat-events/chat-seen.ts'
import type { Database, Transaction } from '../database/database.ts'
import { mayAccess } from './property-definition.ts'
import { flat, type PropertyValue } from './property-value.ts'
import { createPropertyValueStore } from './property-value-store.ts'

/** Reads the stored properties of a chat as each application may read them, for the filters and the additional data of webhooks. */
export function createChatProperties(options: { database: Database }) {
  const store = createPropertyValueStore(options)
  return async (transaction: Transaction, licenseId: number, chatId: string): Promise<StoredProperties> => {
    const values = await store.find(licenseId, 'CHAT', [chatId], transaction)
    return {
      all: flat(values),
      readBy(clientId) {
        const readable = values.filter((value) => mayAccess({ clientId }, value, 'READ') || isOwnChat(value, clientId))
        return { properties: flat(readable), hidden: readable.some(({ access }) => !access.includes('READ')) }
      },
    }
  }
}

/** An application may always know that a chat is its own, whatever the access to the property: `onlyMyChats` needs it. */
function isOwnChat({ namespace, name, value }: PropertyValue, clientId: string): boolean {
  return namespace === 'source' && name === 'client_id' && value === clientId
}

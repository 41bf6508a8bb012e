import type { StoredProperties } from '../chat-events/chat-seen.ts'
import type { Database, Transaction } from '../database/database.ts'
import { flat } from './property-value.ts'
import { createPropertyValueStore } from './property-value-store.ts'

/** Reads the stored properties of a chat with who may read them, for the filters and the additional data of webhooks. */
export function createChatProperties(options: { database: Database }) {
  const store = createPropertyValueStore(options)
  return async (transaction: Transaction, licenseId: number, chatId: string): Promise<StoredProperties> => {
    const values = await store.find(licenseId, 'CHAT', [chatId], transaction)
    return {
      shared: flat(values.filter(({ access }) => access.includes('READ'))),
      // What is in every license has no owner.
      owned: flat(values.filter(({ access, licenseId }) => !access.includes('READ') && licenseId !== null)),
    }
  }
}

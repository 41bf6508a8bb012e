import type { ReadableProperties } from '../chat-events/chat-event-service.ts'
import type { Transaction } from '../database/database.ts'
import { mayAccess } from './property-definition.ts'
import { flat, type PropertyValue } from './property-value.ts'
import { storedValues } from './property-value-store.ts'

/** What is stored for a chat, as each application may read it: what filters of its webhooks look at, and additional data shows. */
export async function chatProperties(
  transaction: Transaction,
  licenseId: number,
  chatId: string,
): Promise<(clientId: string) => ReadableProperties> {
  const values = await storedValues(transaction, licenseId, 'CHAT', [chatId])
  return (clientId) => {
    const readable = values.filter((value) => mayAccess({ clientId }, value, 'READ') || isOwnChat(value, clientId))
    return { properties: flat(readable), hidden: readable.some(({ access }) => !access.includes('READ')) }
  }
}

/** That a chat is its own may be known to an application, whoever may read of the others: `onlyMyChats` looks at it. */
function isOwnChat({ namespace, name, value }: PropertyValue, clientId: string): boolean {
  return namespace === 'source' && name === 'client_id' && value === clientId
}

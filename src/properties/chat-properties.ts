import type { Transaction } from '../database/database.ts'
import type { ChatProperties } from '../webhooks/chat-event.ts'
import { mayAccess } from './property-definition.ts'
import { flat, type PropertyValue } from './property-value.ts'
import { storedValues } from './property-value-store.ts'

/** What is stored for a chat, as each application may read it: what filters of its webhooks look at, and additional data shows. */
export async function chatProperties(
  transaction: Transaction,
  licenseId: number,
  chatId: string,
): Promise<(clientId: string) => ChatProperties> {
  const values = await storedValues(transaction, licenseId, 'CHAT', [chatId])
  return (clientId) =>
    flat(values.filter((value) => mayAccess({ clientId }, value, 'READ') || isOwnChat(value, clientId)))
}

/** That a chat is its own may be known to an application, whoever may read of the others: `onlyMyChats` looks at it. */
function isOwnChat({ namespace, name, value }: PropertyValue, clientId: string): boolean {
  return namespace === 'source' && name === 'client_id' && value === clientId
}

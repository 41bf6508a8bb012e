import type { Transaction } from '../database/database.ts'
import { flat } from './property-value.ts'
import { storedValues } from './property-value-store.ts'

/** All that is stored for a chat, whoever may read it: what filters of webhooks look at, and additional data shows. */
export async function chatProperties(transaction: Transaction, licenseId: number, chatId: string) {
  return flat(await storedValues(transaction, licenseId, 'CHAT', [chatId]))
}

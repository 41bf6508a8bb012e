import { deliveryPolicy } from '../deliveries/delivery-policy.ts'
import type { Permission } from '../identity/reach.ts'

/** The permissions to report chat events and to see them. */
export const chatEventPolicy = {
  publish: { scope: 'chats--all:rw' },
  /** A viewer that may see a bot agent may see the events that reached it; the chat platform sees all of the license. */
  read: { scope: deliveryPolicy.read.scope, others: 'chats--all:rw' },
  readReached: deliveryPolicy.read,
} as const satisfies Record<string, Permission>

import { deliveryPolicy } from '../deliveries/delivery-policy.ts'
import type { Permission } from '../identity/reach.ts'

/** The permissions to report chat events and to see them. */
export const chatEventPolicy = {
  publish: { scope: 'chats--all:rw' },
  /** A viewer that may see a delivery may see the event that it carries; the chat platform sees all of the license. */
  read: { scope: deliveryPolicy.read.scope, others: 'chats--all:rw' },
  readDelivered: deliveryPolicy.read,
} as const satisfies Record<string, Permission>

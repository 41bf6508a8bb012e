import { deliveryPolicy } from '../deliveries/delivery-policy.ts'
import type { Permission } from '../identity/reach.ts'

/** The permissions to report chat events and to see them. */
export const chatEventPolicy = {
  publish: { scope: 'chats--all:rw' },
  readReported: { scope: 'chats--all:rw' },
  /** A viewer that may see a delivery may see the event that it carries. */
  readDelivered: deliveryPolicy.read,
} as const satisfies Record<string, Permission>

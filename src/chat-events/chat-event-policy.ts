import { deliveryPolicy } from '../deliveries/delivery-policy.ts'
import type { Permission } from '../identity/reach.ts'

/** What it takes to report chat events and to see them. */
export const chatEventPolicy = {
  publish: { scope: 'chats--all:rw' },
  readReported: { scope: 'chats--all:rw' },
  /** Whoever may see a delivery may see the event that it carries. */
  readDelivered: deliveryPolicy.read,
} as const satisfies Record<string, Permission>

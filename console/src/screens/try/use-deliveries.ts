import { useState } from 'react'
import { useStream } from '../../gateway/use-gateway.ts'
import { useAllows } from '../../session/use-session.ts'
import type { TriedDelivery } from './delivery-card.tsx'
import { TriedDeliveries, type TriedDeliveriesSubscriptionVariables } from './try.operations.ts'

export interface Followed {
  /** Deliveries that this is about; absent: all that the caller may see. */
  readonly botAgentId?: string
  readonly filter: TriedDeliveriesSubscriptionVariables['filter']
  /** The cursor of the mutation that has caused them. */
  readonly after: string | null
}

/** The deliveries that a mutation has caused, live, the newest first. @param followed `undefined`: none yet */
export function useDeliveries(followed: Followed | undefined): readonly TriedDelivery[] {
  const all = useAllows('agents-bot--all:ro')
  const maySee = useAllows('agents-bot--my:ro')
  const key = JSON.stringify(followed)
  const [seen, setSeen] = useState<{ key: string; deliveries: readonly TriedDelivery[] }>({ key, deliveries: [] })
  useStream(
    TriedDeliveries,
    followed && maySee
      ? {
          all,
          filter: followed.filter,
          after: followed.after,
          ...(followed.botAgentId && { ids: [followed.botAgentId] }),
        }
      : undefined,
    {
      next: ({ webhookDeliveryUpdated: { delivery } }) =>
        setSeen((seen) => ({ key, deliveries: placed(seen.key === key ? seen.deliveries : [], delivery) })),
    },
  )
  return seen.key === key ? seen.deliveries : []
}

function placed(deliveries: readonly TriedDelivery[], delivery: TriedDelivery): readonly TriedDelivery[] {
  return deliveries.some(({ id }) => id === delivery.id)
    ? deliveries.map((other) => (other.id === delivery.id ? delivery : other))
    : [delivery, ...deliveries]
}

import { useEffect, useState } from 'react'
import { useQuery, useStream } from '../../../gateway/use-gateway.ts'
import { useChangeOfScopes } from '../../../session/use-session.ts'
import { DeliveryUpdated, OneDelivery, type WholeDeliveryFragment } from './delivery.operations.ts'

/** A delivery, and all that happens to it. @param all whether it may be one of another application */
export function useDelivery(id: string, all: boolean) {
  const query = useQuery(OneDelivery, { id })
  const [latest, setLatest] = useState<WholeDeliveryFragment>()
  const read = query.data?.webhookDelivery
  useEffect(() => {
    if (read) setLatest(read)
  }, [read])
  const cursor = query.data?.cursor
  const follows = read && cursor ? { all, filter: onlyCreatedAt(read), after: cursor } : undefined
  useStream(DeliveryUpdated, follows, {
    next: ({ webhookDeliveryUpdated: { delivery } }) => {
      if (delivery.id === id) setLatest(delivery)
    },
    ended: (error) => {
      if (error.code === 'CURSOR_EXPIRED') query.reload()
    },
  })
  useChangeOfScopes(query.reload)
  const isGone = query.data !== undefined && !read
  const delivery = isGone ? undefined : latest?.id === id ? latest : read
  return { ...query, delivery, isGone }
}

/** There is no filter for one delivery. Hardly any other one is created in the same millisecond. */
function onlyCreatedAt({ botAgentId, createdAt }: WholeDeliveryFragment) {
  const createdUntil = new Date(Date.parse(createdAt) + 1).toISOString()
  return { botAgentIds: [botAgentId], createdSince: createdAt, createdUntil }
}

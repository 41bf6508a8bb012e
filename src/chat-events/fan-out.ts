import { newId } from '../contract/identifier.ts'
import type { NewDelivery } from '../deliveries/outbox.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'

/** What one commit adds: this many deliveries, or as many as have about this much additional data. */
const BATCH = { deliveries: 500, characters: 8 * 1_024 * 1_024 }

/** Bot agents that get the same content. */
export interface Recipients {
  /** JSON text. */
  readonly additionalData: string
  readonly confidential: boolean
  readonly botAgentIds: readonly string[]
}

/** Events that each go to each of the recipients. */
export interface FanOut {
  readonly action: WebhookAction
  readonly chatEventIds: readonly string[]
  /** The chat of the events; null if they belong to none. */
  readonly chatId: string | null
  readonly recipients: readonly Recipients[]
}

/** @returns how many bot agents get each of the events */
export function countOf(recipients: readonly Recipients[]): number {
  return recipients.reduce((count, { botAgentIds }) => count + botAgentIds.length, 0)
}

/**
 * @param done how many deliveries are made already. They are made event by event, in the order of the recipients
 * @param least how many to make now in any case
 * @returns the next deliveries
 */
export function nextDeliveries({ chatEventIds, recipients }: FanOut, done: number, least = 0): NewDelivery[] {
  const each = recipients.flatMap(({ botAgentIds, ...content }) =>
    botAgentIds.map((botAgentId) => ({ botAgentId, ...content })),
  )
  const deliveries: NewDelivery[] = []
  let characters = 0
  for (let place = done; ; place++) {
    const isFull = deliveries.length >= BATCH.deliveries || characters >= BATCH.characters
    const chatEventId = chatEventIds[Math.floor(place / each.length)]
    const recipient = each[place % each.length]
    if (!chatEventId || !recipient || (isFull && deliveries.length >= least)) return deliveries
    deliveries.push({ id: newId('dlv_'), chatEventId, ...recipient })
    characters += recipient.additionalData.length
  }
}

import { additionalDataOf } from './additional-data.ts'
import type { SeenChat } from './chat-seen.ts'
import { countOf, type Recipients } from './fan-out.ts'
import type { Listener } from './listener-index.ts'

/** Who gets an event. */
export interface Addressed {
  readonly recipients: readonly Recipients[]
  /** How many of them each application has. */
  readonly ofApplications: ReadonlyMap<string, number>
  /** How many bot agents, the first ones, get the events of a chat one after the other: none of them can be left for later. */
  readonly inOrder: number
}

/**
 * Gathers who gets an event, in groups with the same content: additional data may be large, and many may ask for the same.
 * @param options.isPrivate whether only one application may see the event
 */
export function createRecipients({ isPrivate }: { isPrivate: boolean }) {
  const texts = new Map<string, string>()
  const ofApplications = new Map<string, number>()
  const groups = new Map<string, Recipients & { readonly inOrder: boolean; readonly botAgentIds: string[] }>()

  return {
    /** @param seen the chat of the event, as the application of the listener sees it */
    add({ botAgentId, clientId, inOrder, subscription }: Listener, seen: SeenChat): void {
      const requested = `${subscription.additionalData} ${clientId}`
      const additionalData = texts.get(requested) ?? JSON.stringify(additionalDataOf(subscription, seen))
      texts.set(requested, additionalData)
      const confidential = isPrivate || (seen.hidden && subscription.additionalData.includes('CHAT_PROPERTIES'))
      const content = `${inOrder} ${confidential} ${additionalData}`
      const group = groups.get(content) ?? { additionalData, confidential, inOrder, botAgentIds: [] }
      group.botAgentIds.push(botAgentId)
      ofApplications.set(clientId, (ofApplications.get(clientId) ?? 0) + 1)
      groups.set(content, group)
    },

    addressed(): Addressed {
      const first = [...groups.values()].filter(({ inOrder }) => inOrder)
      const others = [...groups.values()].filter(({ inOrder }) => !inOrder)
      const recipients = [...first, ...others].map(({ inOrder: _, ...group }) => group)
      return { recipients, ofApplications, inOrder: countOf(first) }
    },
  }
}

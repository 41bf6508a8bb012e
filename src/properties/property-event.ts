import { nested } from '../chat-events/additional-data.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'
import type { PropertyTarget } from './property-target.ts'
import { flat, namesOf, type PropertyValue } from './property-value.ts'
import type { StoredValue } from './property-value-store.ts'

/**
 * @param chatId the chat of a thread; null if it is not known, so the event belongs to no known chat
 * @returns the events that report a change of properties; none if the target is neither a chat nor a thread. Values that others may not
 *   read are reported in a separate event, only to their owner.
 */
export function changeEvents(
  kind: 'updated' | 'deleted',
  target: PropertyTarget,
  chatId: string | null,
  changed: readonly StoredValue[],
) {
  const byReader = Map.groupBy(changed, ({ access, namespace }) => (access.includes('READ') ? undefined : namespace))
  return [...byReader].flatMap(([only, values]) => {
    const event = changeEvent(kind, target, chatId, values)
    return event ? [{ ...event, only }] : []
  })
}

/** Specification: What `data` holds. */
function changeEvent(
  kind: 'updated' | 'deleted',
  { location, id }: PropertyTarget,
  chatId: string | null,
  changed: readonly PropertyValue[],
): { action: WebhookAction; data: object; chat?: { id: string; threadId: string | null } } | undefined {
  const properties = kind === 'updated' ? nested(flat(changed)) : namesOf(changed)
  if (location === 'CHAT') {
    return {
      action: kind === 'updated' ? 'CHAT_PROPERTIES_UPDATED' : 'CHAT_PROPERTIES_DELETED',
      data: { chat_id: id, properties },
      chat: { id, threadId: null },
    }
  }
  if (location === 'THREAD') {
    return {
      action: kind === 'updated' ? 'CHAT_THREAD_PROPERTIES_UPDATED' : 'CHAT_THREAD_PROPERTIES_DELETED',
      data: { ...(chatId !== null && { chat_id: chatId }), thread_id: id, properties },
      ...(chatId !== null && { chat: { id: chatId, threadId: id } }),
    }
  }
  return undefined
}

import type { AdditionalData } from '../webhooks/webhook-action.ts'
import type { WebhookSubscription } from '../webhooks/webhooks.ts'
import type { ChatContext, ChatProperties } from './chat-event.ts'

export type KnownChat = Pick<ChatContext, 'threadId' | 'properties' | 'groupIds'>

const additions: Record<AdditionalData, (chat: KnownChat) => Readonly<Record<string, unknown>> | null> = {
  CHAT_PROPERTIES: ({ properties }) => properties && { chat_properties: nested(properties) },
  ACCESS: ({ groupIds }) => groupIds && { access: { group_ids: groupIds } },
  THREAD_ID: ({ threadId }) => (threadId === null ? null : { thread_id: threadId }),
}

/**
 * @returns the `additional_data` that the bot agent asks for, in wire form, without anything that is not known about the chat.
 *   Specification: Body of
 *   a webhook.
 */
export function additionalDataOf(
  subscription: Pick<WebhookSubscription, 'additionalData'>,
  { chat }: { chat: KnownChat | null },
): Readonly<Record<string, unknown>> {
  return Object.assign({}, ...subscription.additionalData.map((name) => chat && additions[name](chat)))
}

/** @returns properties, which callers write flat, as webhooks show them: `{"source":{"type":{"value":"facebook"}}}` */
export function nested(properties: ChatProperties) {
  return mapValues(properties, (named) => mapValues(named, (value) => ({ value })))
}

/** Keeps keys such as `__proto__`, which an assignment would lose. */
function mapValues<Value, Mapped>(values: Readonly<Record<string, Value>>, map: (value: Value) => Mapped) {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]))
}

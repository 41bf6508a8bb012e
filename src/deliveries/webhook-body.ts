import type { ChatContext, ChatProperties } from '../chat-events/chat-event.ts'
import type { BotAgentStatus } from '../database/client/client.ts'
import type { AdditionalData, WebhookAction } from '../webhooks/webhook-action.ts'
import type { WebhookSubscription } from '../webhooks/webhooks.ts'

export type KnownChat = Pick<ChatContext, 'threadId' | 'properties' | 'groupIds'>

const additions: Record<AdditionalData, (chat: KnownChat) => Readonly<Record<string, unknown>> | null> = {
  CHAT_PROPERTIES: ({ properties }) => properties && { chat_properties: nested(properties) },
  ACCESS: ({ groupIds }) => groupIds && { access: { group_ids: groupIds } },
  THREAD_ID: ({ threadId }) => (threadId === null ? null : { thread_id: threadId }),
}

/**
 * What the bot asked for as `additional_data`, in wire form. What is not known of the chat is left out.
 * Specification: Body of a webhook.
 */
export function additionalDataOf(
  subscription: Pick<WebhookSubscription, 'additionalData'>,
  { chat }: { chat: KnownChat | null },
): Readonly<Record<string, unknown>> {
  return Object.assign({}, ...subscription.additionalData.map((asked) => chat && additions[asked](chat)))
}

/**
 * The body of a webhook: the same text, byte for byte, whenever it is made of the same.
 * Specification: Body of a webhook.
 * @param content `action` is in wire form; `data` and `additionalData` are JSON text, which goes in as it is.
 */
export function webhookBody(content: {
  webhookId: string
  secretKey: string
  action: Lowercase<WebhookAction> | 'ping'
  data: string
  additionalData: string
}): string {
  const fields = {
    webhook_id: JSON.stringify(content.webhookId),
    secret_key: JSON.stringify(content.secretKey),
    action: JSON.stringify(content.action),
    data: content.data,
    additional_data: content.additionalData,
  }
  return `{${Object.entries(fields)
    .map(([name, json]) => `"${name}":${json}`)
    .join(',')}}`
}

/** An action in the specification's word, such as `incoming_event`. */
export function wireAction<Action extends WebhookAction>(action: Action): Lowercase<Action> {
  return action.toLowerCase() as Lowercase<Action>
}

/** A status in the specification's words, such as `not accepting chats`. */
export function wireStatus(status: BotAgentStatus): string {
  return status.toLowerCase().replaceAll('_', ' ')
}

/** Properties are written flat and read nested: `{"source":{"type":{"value":"facebook"}}}`. */
export function nested(properties: ChatProperties) {
  return mapValues(properties, (named) => mapValues(named, (value) => ({ value })))
}

/** Keeps keys such as `__proto__`, which an assignment would lose. */
function mapValues<Value, Mapped>(values: Readonly<Record<string, Value>>, map: (value: Value) => Mapped) {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]))
}

import type { PublishChatEventInput } from './try.operations.ts'

export type Action = PublishChatEventInput['action']

/** A chat event as it stands in the form. */
export interface EventDraft {
  readonly action: Action
  readonly chatId: string
  readonly authorType: 'CUSTOMER' | 'AGENT'
  readonly agentIds: string
  readonly groupIds: string
  readonly properties: string
  readonly data: string
}

/** The gateway alone raises these. */
export function isRaisedByGateway(action: Action): boolean {
  return action === 'AGENT_STATUS_CHANGED' || action === 'AGENT_DELETED'
}

/** @returns the id of the chat in the data of an event */
export function chatIdIn(data: unknown): string {
  const { chat_id, chat } = data as { chat_id?: unknown; chat?: { id?: unknown } }
  const id = chat_id ?? chat?.id
  return typeof id === 'string' ? id : ''
}

/** @returns a key that makes a retry safe */
export function newIdempotencyKey(): string {
  return newId(16)
}

/** @returns an id of as many bytes, in hex */
export function newId(bytes = 5): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase()
}

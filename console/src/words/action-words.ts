/** @returns an action as people read it: `INCOMING_EVENT` is “Incoming event” */
export function actionLabel(action: string): string {
  const words = action.toLowerCase().replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The data that an action can carry on request. */
export const additionalDataLabels = {
  CHAT_PROPERTIES: 'Properties of the chat',
  ACCESS: 'Groups with access',
  THREAD_ID: 'Thread id',
} as const

/** All actions. */
export const actions = {
  INCOMING_CHAT_THREAD: actionLabel('INCOMING_CHAT_THREAD'),
  INCOMING_EVENT: actionLabel('INCOMING_EVENT'),
  INCOMING_RICH_MESSAGE_POSTBACK: actionLabel('INCOMING_RICH_MESSAGE_POSTBACK'),
  THREAD_CLOSED: actionLabel('THREAD_CLOSED'),
  CHAT_USER_ADDED: actionLabel('CHAT_USER_ADDED'),
  CHAT_USER_REMOVED: actionLabel('CHAT_USER_REMOVED'),
  CHAT_THREAD_TAGGED: actionLabel('CHAT_THREAD_TAGGED'),
  CHAT_THREAD_UNTAGGED: actionLabel('CHAT_THREAD_UNTAGGED'),
  CHAT_PROPERTIES_UPDATED: actionLabel('CHAT_PROPERTIES_UPDATED'),
  CHAT_PROPERTIES_DELETED: actionLabel('CHAT_PROPERTIES_DELETED'),
  CHAT_THREAD_PROPERTIES_UPDATED: actionLabel('CHAT_THREAD_PROPERTIES_UPDATED'),
  CHAT_THREAD_PROPERTIES_DELETED: actionLabel('CHAT_THREAD_PROPERTIES_DELETED'),
  LAST_SEEN_TIMESTAMP_UPDATED: actionLabel('LAST_SEEN_TIMESTAMP_UPDATED'),
  AGENT_STATUS_CHANGED: actionLabel('AGENT_STATUS_CHANGED'),
  AGENT_DELETED: actionLabel('AGENT_DELETED'),
} as const satisfies Record<string, string>

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

import { randomBytes } from 'node:crypto'

/** A bot agent of the demo. Its name is unique, so that bots left by an earlier demo are found by name. */
export interface Bot {
  readonly name: string
  /** Where its webhooks go, on the receiver. */
  readonly path: string
  /** What it listens to, as printed. */
  readonly hears: string
  readonly secretKey: string
  readonly actions: readonly object[]
}

const fromFacebook = { chatProperties: [{ namespace: 'source', name: 'type', values: ['facebook'] }] }

/** Created first, so it receives the status event when the second bot is created. */
export const nightWatch: Bot = {
  name: 'Night watch (demo)',
  path: '/night-watch',
  hears: 'customer messages in any chat, users who join, closed threads, and the status of other bots',
  secretKey: randomBytes(24).toString('base64url'),
  actions: [
    { name: 'INCOMING_EVENT', filters: { authorType: 'CUSTOMER' } },
    { name: 'CHAT_USER_ADDED', additionalData: ['ACCESS', 'THREAD_ID'] },
    { name: 'THREAD_CLOSED' },
    { name: 'AGENT_STATUS_CHANGED' },
  ],
}
export const facebookBot: Bot = {
  name: 'Facebook bot (demo)',
  path: '/facebook-bot',
  hears: 'events in chats from Facebook, with the properties of the chat',
  secretKey: randomBytes(24).toString('base64url'),
  actions: [
    'INCOMING_CHAT_THREAD',
    'INCOMING_EVENT',
    'INCOMING_RICH_MESSAGE_POSTBACK',
    'CHAT_THREAD_TAGGED',
    'THREAD_CLOSED',
  ].map((name) => ({ name, filters: fromFacebook, additionalData: ['CHAT_PROPERTIES'] })),
}
export const bots = [nightWatch, facebookBot] as const

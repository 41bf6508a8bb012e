import { randomBytes } from 'node:crypto'

/** A bot agent of the demo. Its name tells it from all others: what an earlier demo has left is found by it. */
export interface Bot {
  readonly name: string
  /** Where its webhooks go, on the receiver. */
  readonly path: string
  /** What it listens to, in words. */
  readonly hears: string
  readonly secretKey: string
  readonly actions: readonly object[]
}

const fromFacebook = { chatProperties: [{ namespace: 'source', name: 'type', values: ['facebook'] }] }

/** In the order in which they are created: the first hears that the second comes. */
export const nightWatch: Bot = {
  name: 'Night watch (demo)',
  path: '/night-watch',
  hears: 'what customers write in any chat, who joins, what is closed, and the status of other bots',
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
  hears: 'what happens in chats from Facebook, with the properties of the chat',
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

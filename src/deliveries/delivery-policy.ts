import type { Permission } from '../identity/reach.ts'

/** What it takes to see webhooks and to have them sent again: what it takes to see and to write their bot agent. */
export const deliveryPolicy = {
  read: { scope: 'agents-bot--my:ro', others: 'agents-bot--all:ro' },
  /** Replay, ping, enable: only for the application that owns the bot agent. */
  send: { scope: 'agents-bot--my:rw' },
} as const satisfies Record<string, Permission>

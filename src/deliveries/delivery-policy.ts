import type { Permission } from '../identity/reach.ts'

/** Seeing a delivery requires the permission to read its bot agent. Replaying it requires the permission to write the bot agent. */
export const deliveryPolicy = {
  read: { scope: 'agents-bot--my:ro', others: 'agents-bot--all:ro' },
  /** Replay, ping and enable: only for the application that owns the bot agent. */
  send: { scope: 'agents-bot--my:rw' },
} as const satisfies Record<string, Permission>

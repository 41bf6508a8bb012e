import type { Permission } from '../identity/reach.ts'

/** The permissions to see deliveries and to replay them: those to read and to write their bot agent. */
export const deliveryPolicy = {
  read: { scope: 'agents-bot--my:ro', others: 'agents-bot--all:ro' },
  /** Replay, ping and enable: only for the application that owns the bot agent. */
  send: { scope: 'agents-bot--my:rw' },
} as const satisfies Record<string, Permission>

import type { Permission } from '../identity/reach.ts'

/** The permissions to use bot agents. Specification: Scopes. */
export const botAgentPolicy = {
  read: { scope: 'agents-bot--my:ro', others: 'agents-bot--all:ro' },
  /** Only the application that owns a bot agent may write it, whatever scopes others have. */
  write: { scope: 'agents-bot--my:rw' },
  remove: { scope: 'agents-bot--my:rw', others: 'agents-bot--all:rw' },
} as const satisfies Record<string, Permission>

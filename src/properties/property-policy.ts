import type { Permission } from '../identity/reach.ts'

/** What it takes to use properties. Which of them an application may read or write, their definitions say: see property-definition.ts. */
export const propertyPolicy = {
  read: { scope: 'properties--my:ro' },
  write: { scope: 'properties--my:rw' },
} as const satisfies Record<string, Permission>

import type { Permission } from '../identity/reach.ts'

/** The permissions to use properties. Which ones an application may read or write depends on their definitions: see property-definition.ts. */
export const propertyPolicy = {
  read: { scope: 'properties--my:ro' },
  write: { scope: 'properties--my:rw' },
} as const satisfies Record<string, Permission>

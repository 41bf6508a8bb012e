import type { Permission } from '../identity/reach.ts'

/**
 * The permissions to use properties. The definition of a property says which applications may read or write it: see
 * property-definition.ts.
 */
export const propertyPolicy = {
  read: { scope: 'properties--my:ro' },
  write: { scope: 'properties--my:rw' },
} as const satisfies Record<string, Permission>

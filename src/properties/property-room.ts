import type { StoredValue } from './property-value-store.ts'

/** What a target may have of the properties of one namespace, so that no application takes the room of another. */
const ofNamespace = { properties: 200, bytes: 64 * 1_024 }
/** And of all together: an event loads and carries what its chat has. */
const ofTarget = { properties: 1_000, bytes: 512 * 1_024 }

/**
 * Why there is no room for a change, as it goes on behind the name of the field; `undefined`: there is. What others have there may be
 * hidden from the caller, so no sum is given. What makes it smaller is always taken.
 */
export function noRoom(before: readonly StoredValue[], after: readonly StoredValue[]): string | undefined {
  const namespaces = Map.groupBy(after, ({ namespace }) => namespace)
  for (const [namespace, values] of namespaces) {
    const earlier = before.filter((value) => value.namespace === namespace)
    if (!exceeds(ofNamespace, earlier, values)) continue
    return `would be too much of the namespace ${namespace}: a target may have ${limitsOf(ofNamespace)} of one; delete some first`
  }
  if (!exceeds(ofTarget, before, after)) return undefined
  return `would be too much: a target may have ${limitsOf(ofTarget)} of all applications together`
}

type Room = typeof ofTarget

function exceeds(room: Room, before: readonly StoredValue[], after: readonly StoredValue[]): boolean {
  const bytes = bytesOf(after)
  return (
    (after.length > room.properties && after.length > before.length) || (bytes > room.bytes && bytes > bytesOf(before))
  )
}

function limitsOf({ properties, bytes }: Room): string {
  return `${properties} properties and ${bytes / 1_024} KiB of JSON`
}

/** As JSON, each with its names. */
function bytesOf(values: readonly StoredValue[]): number {
  return Buffer.byteLength(JSON.stringify(values.map(({ namespace, name, value }) => [namespace, name, value])))
}

import type { StoredValue } from './property-value-store.ts'

/** Limits of the properties of one namespace that a target may have, so that no application takes the room of another. */
const ofNamespace = { properties: 200, bytes: 64 * 1_024 }
/** Limits of all properties of a target. An event loads and carries the properties of its chat. */
const ofTarget = { properties: 1_000, bytes: 512 * 1_024 }

/**
 * A change that makes the properties smaller is always accepted.
 * @returns why there is no room for a change, as a text that follows the name of the field; `undefined` if there is. It gives no sums,
 *   because the caller may not be allowed to see all of the properties.
 */
export function noRoom(before: readonly StoredValue[], after: readonly StoredValue[]): string | undefined {
  const namespaces = Map.groupBy(after, ({ namespace }) => namespace)
  for (const [namespace, values] of namespaces) {
    const earlier = before.filter((value) => value.namespace === namespace)
    if (!exceeds(ofNamespace, earlier, values)) continue
    return `would exceed the limit of ${limitsOf(ofNamespace)} in the namespace ${namespace} of a target. Delete some first`
  }
  if (!exceeds(ofTarget, before, after)) return undefined
  return `would exceed the limit of ${limitsOf(ofTarget)} of all applications together for a target`
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

/** @returns the bytes of the values as JSON, each with its names */
function bytesOf(values: readonly StoredValue[]): number {
  return Buffer.byteLength(JSON.stringify(values.map(({ namespace, name, value }) => [namespace, name, value])))
}

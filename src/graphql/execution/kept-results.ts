import type { GraphQLField } from 'graphql'
import { LONGEST_JSON, MOST_KEPT } from '../lasting.ts'

/** A field as an operation selects it. */
export interface SelectedField {
  readonly responseName: string
  readonly definition: GraphQLField<unknown, unknown>
  /** How a scalar that is simply a property is written; absent for other fields. */
  readonly serialize: ((value: unknown) => unknown) | undefined
  /** Whether it depends on nothing but its parent, if what it reads of it is data. */
  readonly isOfParentAlone: boolean
  /** Whether its values, or those in its lists, are scalars or enums. */
  readonly isLeaf: boolean
  /** What is selected in its objects; absent if it has none, or if they have to be asked for their type. */
  readonly selection: (() => Selection) | undefined
}

export interface Selection {
  /** Names it where it must not be kept in memory. */
  readonly id: symbol
  readonly fields: readonly SelectedField[]
  /** An object with all fields: filling a copy of it is quicker than adding one field after the other. */
  readonly blank: Readonly<Record<string, unknown>>
}

/** What a selection has made of a value that lasts. It does not keep the plan in memory. */
interface KeptResults {
  readonly selection: symbol
  /** The response with the fields that depend on nothing but the value. If these are all, it is the same object in each response. */
  readonly results: Results
  /** Bytes that these fields have counted: `Loaded`. */
  readonly bytes: number
  /** The places of the others among the fields of the selection. */
  readonly others: readonly number[]
}

type Results = Readonly<Record<string, unknown>>

/** Places that an object or a list takes besides its values. */
const HEAD = 2

/** By the value. Only the last one of each, so that what is kept does not grow with the number of operations. */
const kept = new WeakMap<object, KeptResults>()
/** The JSON of results that are the same object in each response, once it has been asked for. */
const jsons = new WeakMap<Results, { json?: string }>()

/** @returns what the selection has made of the value before */
export function keptResults({ id }: Selection, source: unknown): KeptResults | undefined {
  const last = kept.get(source as object)
  return last?.selection === id ? last : undefined
}

/**
 * Keeps the fields that have the same value each time, as far as there is room.
 * @param source a value that lasts
 * @param results of the selection, in which no field has failed
 * @param seen.pending the names of those that are still promises
 * @param seen.counted the bytes that were counted before the first field, and after each
 */
export function keepResults(
  selection: Selection,
  source: object,
  results: Results,
  { pending, counted }: { pending: readonly string[]; counted: readonly number[] },
): void {
  const same: Record<string, unknown> = { ...selection.blank }
  const others: number[] = []
  let room = MOST_KEPT
  let bytes = 0
  for (const [place, field] of selection.fields.entries()) {
    const { responseName, definition } = field
    const isMethod = typeof (source as Results)[definition.name] === 'function' && !definition.resolve
    const isOther = isMethod || pending.includes(responseName)
    const left = isOther ? NO_ROOM : roomAfter(field, results[responseName], room)
    if (left >= 0) {
      room = left
      bytes += (counted[place + 1] ?? 0) - (counted[place] ?? 0)
      same[responseName] = results[responseName]
    } else others.push(place)
  }
  kept.set(source, { selection: selection.id, results: same, bytes, others })
  if (others.length === 0) jsons.set(same, {})
}

/** @returns the JSON of an object that is the same in each response; `undefined` for any other */
export function keptJson(results: object): string | undefined {
  const known = jsons.get(results as Results)
  if (!known) return undefined
  if (known.json !== undefined) return known.json
  const json = JSON.stringify(results)
  if (json.length <= LONGEST_JSON) known.json = json
  return json
}

const NO_ROOM = -1

/** @returns the room that is left when a result has taken its places; negative if anything in it depends on more than the value that lasts */
function roomAfter(field: SelectedField, result: unknown, room: number): number {
  if (!field.isOfParentAlone) return NO_ROOM
  if (Array.isArray(result)) return roomAfterAll(result, room, (item, left) => roomAfter(field, item, left))
  if (result === null || field.isLeaf) return room - 1
  // Planned already, because it has a value.
  const fields = field.selection?.().fields
  if (!fields) return NO_ROOM
  return roomAfterAll(fields, room, (inner, left) => roomAfter(inner, (result as Results)[inner.responseName], left))
}

function roomAfterAll<Item>(items: readonly Item[], room: number, after: (item: Item, left: number) => number): number {
  let left = room - HEAD
  for (const item of items) {
    if (left < 0) return NO_ROOM
    left = after(item, left)
  }
  return left
}

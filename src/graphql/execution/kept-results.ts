import type { GraphQLField } from 'graphql'
import { OF_PARENT_ALONE } from '../lasting.ts'

/** A field as an operation selects it. */
export interface SelectedField {
  readonly responseName: string
  readonly definition: GraphQLField<unknown, unknown>
  /** How a scalar that is simply a property is written; absent for other fields. */
  readonly serialize: ((value: unknown) => unknown) | undefined
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
  /** The response with the fields that depend on nothing but the value. */
  readonly results: Readonly<Record<string, unknown>>
  /** The places of the others among the fields of the selection. */
  readonly others: readonly number[]
}

/** What is kept of a response, in places for a value of eight bytes: some ten fields and a list of ten small objects. */
const MOST_KEPT = 64
/** Places that an object or a list takes besides its values. */
const HEAD = 2

/** By the value. Only the last one of each, so that what is kept does not grow with the number of operations. */
const kept = new WeakMap<object, KeptResults>()

/** @returns what the selection has made of the value before */
export function keptResults({ id }: Selection, source: unknown): KeptResults | undefined {
  const last = kept.get(source as object)
  return last?.selection === id ? last : undefined
}

/**
 * Keeps the fields that have the same value each time, as far as there is room.
 * @param source a value that lasts
 * @param results of the selection, in which no field has failed
 * @param pending the names of those that are still promises
 */
export function keepResults(
  selection: Selection,
  source: object,
  results: Readonly<Record<string, unknown>>,
  pending: readonly string[],
): void {
  const same: Record<string, unknown> = { ...selection.blank }
  const others: number[] = []
  let room = MOST_KEPT
  for (const [place, field] of selection.fields.entries()) {
    const { responseName } = field
    const isSame = isOfParentAlone(field, source) && !pending.includes(responseName)
    const size = isSame ? sizeOf(field, results[responseName]) : Number.POSITIVE_INFINITY
    if (size <= room) {
      room -= size
      same[responseName] = results[responseName]
    } else others.push(place)
  }
  kept.set(source, { selection: selection.id, results: same, others })
}

function isOfParentAlone({ serialize, definition, selection }: SelectedField, source: object): boolean {
  const { name, resolve, extensions } = definition
  if (serialize) return typeof (source as Record<string, unknown>)[name] !== 'function'
  // With more parameters it asks for more, as one does that checks a permission.
  if (!extensions[OF_PARENT_ALONE] || !resolve || resolve.length > 1) return false
  return selection?.().fields.every(({ serialize }) => serialize) ?? false
}

function sizeOf({ selection }: SelectedField, result: unknown): number {
  if (!selection || result === null) return 1
  const ofObject = HEAD + selection().fields.length
  return Array.isArray(result) ? HEAD + result.length * ofObject : ofObject
}

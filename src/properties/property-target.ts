import { quoted } from '../contract/quoted.ts'
import { isStorable, LARGEST_INT, STORABLE } from '../contract/validation.ts'
import type { PropertyLocation } from '../database/client/client.ts'

/** An object that can have properties. */
export interface PropertyTarget {
  readonly location: PropertyLocation
  /** Empty for the license itself. */
  readonly id: string
}

export interface GivenTarget {
  readonly location: PropertyLocation
  readonly id?: string | null | undefined
}

export function targetOf({ location, id }: GivenTarget): PropertyTarget {
  return { location, id: id ?? '' }
}

/** @returns what is wrong with the id, as a text that follows its name; `undefined` if nothing is */
export function wrongId({ location, id = null }: GivenTarget): string | undefined {
  if (location === 'LICENSE')
    return id === null ? undefined : 'must be omitted: the location LICENSE is the license itself'
  if (id === null) return `is required for the location ${location}`
  if (location === 'GROUP') {
    const isGroup = /^(0|[1-9]\d*)$/.test(id) && Number(id) <= LARGEST_INT
    return isGroup ? undefined : `must be a group, from 0 to ${LARGEST_INT}; it is ${quoted(id)}`
  }
  const length = [...id].length
  if (length < 1 || length > 255) return `must be 1 to 255 characters long; it has ${length}`
  return isStorable(id) ? undefined : `must be ${STORABLE}`
}

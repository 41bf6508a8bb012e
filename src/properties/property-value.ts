import { quoted } from '../contract/quoted.ts'
import { isStorable, STORABLE } from '../contract/validation.ts'
import type { PropertyType } from '../database/client/client.ts'

/** A value of a property. */
export type Value = string | number | boolean

/** A property of one target. */
export interface PropertyValue {
  readonly namespace: string
  readonly name: string
  readonly value: Value
}

/** UTF-8 bytes of a string: 16 KiB. */
const MOST_BYTES = 16 * 1_024

/** @returns why `value` is not of the type, as a text that follows the name of the field; `undefined` if it is */
export function wrongType(type: PropertyType, value: unknown): string | undefined {
  if (value === undefined) return 'must have a value; an enum value, or a variable without a value, is not one'
  if (value === null) return 'must not be null: use `deleteProperties` to delete the property'
  switch (type) {
    case 'BOOL':
      return typeof value === 'boolean' ? undefined : `must be true or false; it is ${quoted(value)}`
    case 'INT':
      return Number.isInteger(value) && (value as number) === ((value as number) | 0)
        ? undefined
        : `must be a whole number of 32 bits, from -2147483648 to 2147483647; it is ${quoted(value)}`
    case 'STRING':
    case 'TOKENIZED_STRING':
      return typeof value === 'string' ? wrongText(value) : `must be a string; it is ${quoted(value)}`
  }
}

function wrongText(text: string): string | undefined {
  if (!isStorable(text)) return `must be ${STORABLE}`
  const bytes = Buffer.byteLength(text)
  return bytes > MOST_BYTES ? `must be at most ${MOST_BYTES} bytes of UTF-8; it has ${bytes}` : undefined
}

/** @returns properties as callers write them: `{"namespace": {"name": value}}` */
export function flat(values: readonly PropertyValue[]): Record<string, Record<string, Value>> {
  return byNamespace(values, (group) => Object.fromEntries(group.map(({ name, value }) => [name, value])))
}

/** @returns only their names: `{"namespace": ["name"]}` */
export function namesOf(values: readonly PropertyValue[]): Record<string, string[]> {
  return byNamespace(values, (group) => group.map(({ name }) => name))
}

function byNamespace<Shown>(values: readonly PropertyValue[], show: (group: readonly PropertyValue[]) => Shown) {
  const namespaces = Map.groupBy(values, ({ namespace }) => namespace)
  return Object.fromEntries([...namespaces].map(([namespace, group]) => [namespace, show(group)]))
}

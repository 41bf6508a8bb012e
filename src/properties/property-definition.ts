import { z } from 'zod'
import { quoted } from '../contract/quoted.ts'
import { integer, LARGEST_INT, list, oneOf } from '../contract/validation.ts'
import { PropertyAccess, PropertyType } from '../database/client/client.ts'
import type { Viewer } from '../identity/viewer.ts'
import { type Value, wrongType } from './property-value.ts'

/** The name of a property, its allowed values, and what applications other than its owner may do with it. Specification: Properties. */
export interface PropertyDefinition {
  readonly id: number
  /** The license that it was defined in; null if it is in every license and nobody owns it. */
  readonly licenseId: number | null
  /** The application that owns it, by its client_id. */
  readonly namespace: string
  readonly name: string
  readonly type: PropertyType
  readonly domain: readonly Value[] | null
  readonly range: { readonly from: number; readonly to: number } | null
  readonly access: readonly PropertyAccess[]
}

/** The namespace that every license has. */
export const SYSTEM_NAMESPACE = 'test'

const MOST_IN_DOMAIN = 100
const LONGEST_IN_DOMAIN = 255
/** Values of a domain that a message lists. */
const MOST_SHOWN = 20

const NAME = /^[A-Za-z0-9_.-]{1,255}$/
const name = z.string().regex(NAME, 'must be 1 to 255 characters, each one of A to Z, a to z, 0 to 9, `_`, `.` and `-`')
const int = integer(-LARGEST_INT - 1, LARGEST_INT)

/** The rules for a property that is defined, or defined anew. Null means omitted. */
export const createPropertyRules = z
  .object({
    name,
    type: oneOf(PropertyType),
    domain: list(z.custom<Value>(), { least: 1, most: MOST_IN_DOMAIN, key: keyInDomain })
      .nullish()
      .transform((given) => given ?? null),
    range: z
      .object({ from: int, to: int })
      .refine(({ from, to }) => from <= to, {
        error: ({ input }) => `must not have a \`from\` greater than its \`to\`: ${JSON.stringify(input)}`,
      })
      .nullish()
      .transform((given) => given ?? null),
    access: list(oneOf(PropertyAccess), { least: 0, most: MOST_IN_DOMAIN })
      .nullish()
      .transform((given) => [...new Set(given)].sort()),
  })
  .superRefine(({ type, domain, range }, { addIssue }) => {
    const issue = (path: (string | number)[], message: string) => addIssue({ code: 'custom', path, message })
    if (range && type !== 'INT') issue(['range'], `is only for properties of the type INT; the type is ${type}`)
    if (range && domain) issue(['range'], 'must be omitted if there is a `domain`: a property cannot have both')
    for (const [index, value] of (domain ?? []).entries()) {
      const wrong = wrongType(type, value)
      if (wrong) issue(['domain', index], wrong)
      else if (typeof value === 'string' && [...value].length > LONGEST_IN_DOMAIN)
        issue(['domain', index], `must be at most ${LONGEST_IN_DOMAIN} characters long`)
    }
  })

/** The rules for naming a property that is to be removed. */
export const removePropertyRules = z.object({ name })

export type CreateProperty = z.output<typeof createPropertyRules>

/** Whether the viewer may access the values in this way. The owner may read and write. */
export function mayAccess(
  viewer: Pick<Viewer, 'clientId'>,
  { licenseId, namespace, access: ofOthers }: Pick<PropertyDefinition, 'licenseId' | 'namespace' | 'access'>,
  access: PropertyAccess,
): boolean {
  return (licenseId !== null && namespace === viewer.clientId) || ofOthers.includes(access)
}

/** Whether the viewer may know that the property exists: only if it may read or write the values. */
export function isVisible(viewer: Viewer, definition: PropertyDefinition): boolean {
  return mayAccess(viewer, definition, 'READ') || mayAccess(viewer, definition, 'WRITE')
}

/** @returns why the property can't have the value, as a text that follows the name of the field; `undefined` if it can */
export function wrongValue({ type, domain, range }: PropertyDefinition, value: unknown): string | undefined {
  const wrong = wrongType(type, value)
  if (wrong) return wrong
  if (domain && !domain.includes(value as Value)) {
    const some = domain.slice(0, MOST_SHOWN).map(quoted).join(', ')
    const more = domain.length > MOST_SHOWN ? ` or one of ${domain.length - MOST_SHOWN} more values of its domain` : ''
    return `must be one of ${some}${more}; it is ${quoted(value)}`
  }
  if (range && ((value as number) < range.from || (value as number) > range.to)) {
    return `must be from ${range.from} to ${range.to}; it is ${quoted(value)}`
  }
  return undefined
}

/** Whether a property can have the name. If not, it need not be looked up. */
export function isPropertyName(name: string): boolean {
  return NAME.test(name)
}

/** The key of a value in a domain. Objects, lists, null and `undefined` get a key equal to no other: the check of the type refuses them. */
function keyInDomain(value: unknown): string | symbol {
  return typeof value === 'object' || value === undefined ? Symbol() : JSON.stringify(value)
}

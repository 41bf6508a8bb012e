import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exampleRules } from './chat-event.ts'
import { webhookCatalogue } from './webhook-catalogue.ts'

/** A place in a value, by the number of the member on each level. */
const paths = fc.array(fc.nat(10), { minLength: 1, maxLength: 4 })
const anything = fc.oneof(
  fc.constantFrom(null, '', 0, 1.5, -1, true, [], {}, [{}], { a: {} }, { '': { '': { value: null } } }, { a: ['b'] }),
  fc.jsonValue(),
)
const changes = fc.array(fc.record({ path: paths, value: fc.option(anything, { nil: undefined }) }), { maxLength: 3 })

/** @returns the value with another one, or nothing, at a place */
function changed(within: unknown, [first = 0, ...rest]: readonly number[], value: unknown): unknown {
  if (typeof within !== 'object' || within === null) return value
  const entries = Object.entries(within)
  const [name, inner] = entries[first % (entries.length + 1)] ?? ['more', undefined]
  const others = entries.filter(([other]) => other !== name)
  const item = rest.length > 0 && inner !== undefined ? changed(inner, rest, value) : value
  const members = item === undefined ? others : [...others, [name, item] as const]
  return Array.isArray(within) ? members.map(([, member]) => member) : Object.fromEntries(members)
}

describe('the schema of an action', () => {
  it.each(webhookCatalogue)('$name fits everything that is accepted as its data', ({ name, example, dataSchema }) => {
    const fits = new Ajv2020({ strict: true }).compile(dataSchema)
    const isAccepted = (data: unknown) => exampleRules.safeParse({ action: name, data }).success
    expect([isAccepted(example), fits(example)]).toEqual([true, true])
    fc.assert(
      fc.property(changes, (changes) => {
        const data = changes.reduce<unknown>((data, { path, value }) => changed(data, path, value), example)
        fc.pre(isAccepted(data))
        expect([fits(data), fits.errors]).toEqual([true, null])
      }),
      { numRuns: 500 },
    )
  })
})

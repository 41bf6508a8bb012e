import { describe, expect, it } from 'vitest'
import { beginsAfter, cursorOf, operationOf, resumed } from './resumption.ts'

describe('the request after a cursor', () => {
  it('has the cursor in its document if that has no variable for it', () => {
    const query = 'subscription { botAgentStatusChanged(all: true, after: "old") { cursor } }'
    const { query: changed } = resumed({ query }, 'n"ew')
    expect(changed.replaceAll(/\s+/g, ' ')).toBe(
      'subscription { botAgentStatusChanged(all: true, after: "n\\"ew") { cursor } }',
    )
    expect(resumed({ query: changed }, 'newer').query).toContain('(all: true, after: "newer")')
  })

  it('has it in the variable, whatever that is called', () => {
    const query =
      'subscription ($all: Boolean, $from: String) { botAgentStatusChanged(all: $all, after: $from) { cursor } }'
    expect(resumed({ query, variables: { all: true } }, 'new')).toEqual({
      query,
      variables: { all: true, from: 'new' },
    })
  })

  it('leaves other operations of the document as they are', () => {
    const query = 'query A { viewer { clientId } } subscription B { changed { ...E } } fragment E on Change { cursor }'
    const { query: changed } = resumed({ query, operationName: 'B' }, 'new')
    expect(changed.replaceAll(/\s+/g, ' ')).toBe(
      'query A { viewer { clientId } } subscription B { changed(after: "new") { ...E } } fragment E on Change { cursor }',
    )
  })

  it('is known to begin after a cursor if it names one', () => {
    const query = 'subscription ($after: String) { changed(after: $after) { cursor } }'
    expect(beginsAfter({ query })).toBe(false)
    expect(beginsAfter({ query, variables: { after: 'x' } })).toBe(true)
    expect(beginsAfter({ query: 'subscription { changed { cursor } }' })).toBe(false)
    expect(beginsAfter({ query: 'subscription { changed(after: "x") { cursor } }' })).toBe(true)
  })
})

it('takes the cursor from the field of the subscription, under any alias', () => {
  expect(cursorOf({ data: { mine: { cursor: 'x' } } })).toBe('x')
  expect(cursorOf({ data: { mine: { status: 'OFFLINE' } } })).toBeUndefined()
  expect(cursorOf({ data: null, errors: [{ message: 'no' }] })).toBeUndefined()
})

it('runs the only operation even under the name of another, and none if it cannot tell', () => {
  expect(operationOf({ query: 'query A { a }', operationName: 'Before' })?.name?.value).toBe('A')
  expect(operationOf({ query: 'query A { a } query B { b }', operationName: 'B' })?.name?.value).toBe('B')
  expect(operationOf({ query: 'query A { a } query B { b }' })).toBeUndefined()
  expect(operationOf({ query: 'query {' })).toBeUndefined()
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compact, countNames, InvalidJson, isNestedDeeper, mapMembers, parseJson, textAt } from './json-text.ts'

describe('the text of a value in JSON', () => {
  it('is exactly what was written', () => {
    const text = ' { "a" : [ 1.0 , {"2":9123456789654321,"1":"}]\\"" } ] , "b":null}'
    expect(textAt(text, ['a', 0])).toBe('1.0')
    expect(textAt(text, ['a', 1])).toBe('{"2":9123456789654321,"1":"}]\\"" }')
    expect(textAt(text, ['a', 1, '1'])).toBe('"}]\\""')
    expect(textAt(text, ['b'])).toBe('null')
    expect([textAt(text, ['c']), textAt(text, ['a', 2]), textAt(text, ['a', 'b']), textAt(text, ['b', 0])]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })

  it('is that of the last member with the name, however the name is written', () => {
    expect(textAt('{"a":1,"\\u0061":2}', ['a'])).toBe('2')
  })

  it('is found in any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 1, 3), (value, indent) => {
        const text = JSON.stringify([{ before: value, at: value, after: value }, value], undefined, indent)
        for (const path of [[0, 'at'], [0, 'after'], [1]]) {
          expect(JSON.parse(textAt(text, path) ?? '')).toEqual(JSON.parse(JSON.stringify(value)))
        }
        expect(compact(text)).toBe(JSON.stringify(JSON.parse(text)))
      }),
    )
  })
})

describe('the members of an object in JSON', () => {
  it('are replaced one by one, and the text between them stays', () => {
    const named: string[] = []
    const mapped = mapMembers(' { "a" : 1.0,"\\u0062":{"a":[ ","] } ,"__proto__":"}" } ', (value, name) => {
      named.push(name)
      return `<${value}>`
    })
    expect(mapped).toBe(' { "a" : <1.0>,"\\u0062":<{"a":[ ","] }> ,"__proto__":<"}"> } ')
    expect(named).toEqual(['a', 'b', '__proto__'])
    expect([mapMembers('{}', String), mapMembers('[{"a":1}]', () => 'x')]).toEqual(['{}', '[{"a":1}]'])
  })

  it('are all found, in any JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 2), (object, indent) => {
        const mapped = mapMembers(JSON.stringify(object, undefined, indent), (value) => `[${value}]`)
        const expected = Object.entries(object).map(([name, value]) => [name, [value]])
        expect(JSON.parse(mapped)).toEqual(JSON.parse(JSON.stringify(Object.fromEntries(expected))))
      }),
    )
  })
})

describe('nesting', () => {
  it('is counted in JSON, but not inside its strings', () => {
    expect(isNestedDeeper('[[[1]]]', 2)).toBe(true)
    expect(isNestedDeeper('[[[1]]]', 3)).toBe(false)
    expect(isNestedDeeper('[[1],[2],{"a":"[[[[\\"[["}]', 2)).toBe(false)
    expect(isNestedDeeper('["\\\\",[[', 2)).toBe(true)
    expect(isNestedDeeper(`"${'['.repeat(10)}`, 2)).toBe(false)
  })

  it('is refused if it is too deep to process', () => {
    expect(() => parseJson('['.repeat(1_000_000))).toThrow(InvalidJson)
    expect(() => parseJson('{')).toThrow(new InvalidJson('is not JSON in UTF-8'))
    expect(parseJson('{"a":[1]}')).toEqual({ a: [1] })
  })
})

it('counts names as often as they are written', () => {
  expect(countNames('{"a":{"a":1,"a" : ":"},"b":[":","x"]}')).toBe(4)
})

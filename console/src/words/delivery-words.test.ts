import { describe, expect, it } from 'vitest'
import { percentWords } from './delivery-words.ts'

describe('a share in percent', () => {
  it.each([
    [5 / 13, '38.5%'],
    [8 / 13, '61.5%'],
    [0, '0%'],
    [1e-6, '0.1%'],
    [1 - 1e-6, '99.9%'],
    [1, '100%'],
  ])('%d is %s', (share, words) => expect(percentWords(share)).toBe(words))
})

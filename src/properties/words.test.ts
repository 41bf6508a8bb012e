import { describe, expect, it } from 'vitest'
import { wordsOf } from './words.ts'

describe('the words of a text', () => {
  const cases: [what: string, text: string, words: string[]][] = [
    ['are its runs of letters and digits', 'Order #42-b, please!', ['order', '42', 'b', 'please']],
    ['are listed once each, whatever their case', 'Yes, yes, YES', ['yes']],
    ['may be Cyrillic', 'Съешь ещё этих мягких булок', ['съешь', 'ещё', 'этих', 'мягких', 'булок']],
    ['may be Polish, with distinct letters', 'Łódź lodz', ['łódź', 'lodz']],
    ['keep the marks that belong to them', 'हिन्दी भाषा', ['हिन्दी', 'भाषा']],
    ['are the same composed and decomposed', 'cafe\u0301 caf\u00e9', ['caf\u00e9']],
    ['are one run in Japanese, up to its punctuation', '東京タワーへ行く。楽しい', ['東京タワーへ行く', '楽しい']],
    ['are folded: ß is ss, and every sigma the same', 'Straße STRASSE Σοφός ΣΟΦΌΣ', ['strasse', 'σοφός']],
    ['may have digits of any script', '٤٢ x', ['٤٢', 'x']],
    ['do not contain emoji, which separate them', 'good👍🏽job 🎉', ['good', 'job']],
    ['are an empty list if the text has only emoji and punctuation', '🎉 👩‍👩‍👧 — !', []],
    ['are an empty list if the text is empty', '', []],
  ]
  for (const [what, text, words] of cases) {
    it(what, () => {
      expect(wordsOf(text)).toEqual(words)
    })
  }

  it('stay the same when they are split again', () => {
    for (const [, text] of cases) expect(wordsOf(wordsOf(text).join(' '))).toEqual(wordsOf(text))
  })
})

/**
 * A word is a run of letters, digits and the marks that belong to them, in any script. A text without spaces between its words, as in
 * Japanese, is one word. Emoji are not words.
 *
 * Case is ignored: `toUpperCase` and then `toLowerCase` make Straße the same as STRASSE, and every sigma the same. Composed (NFC) and
 * decomposed characters are the same; letters with and without an accent are not.
 * @returns the words of a text, without duplicates, in the form in which they are compared
 */
export function wordsOf(text: string): string[] {
  const runs = text.match(/[\p{L}\p{Nd}][\p{L}\p{Nd}\p{M}]*/gu) ?? []
  return [...new Set(runs.map((run) => run.toUpperCase().toLowerCase().normalize('NFC')))]
}

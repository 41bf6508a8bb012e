/**
 * The words of a text, each once, in the form in which they are compared. A word is a run of letters, digits and the marks that
 * belong to them, in any script; a text without spaces between its words, as in Japanese, is one word. Emoji are none.
 *
 * Compared without case: `toLowerCase` behind `toUpperCase`, so that Straße is STRASSE and every sigma the same. Composed (NFC)
 * and decomposed characters are the same, letters with and without an accent are not.
 */
export function wordsOf(text: string): string[] {
  const runs = text.match(/[\p{L}\p{Nd}][\p{L}\p{Nd}\p{M}]*/gu) ?? []
  return [...new Set(runs.map((run) => run.toUpperCase().toLowerCase().normalize('NFC')))]
}

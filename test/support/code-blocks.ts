/** The code blocks of a language in a text in Markdown. */
export function codeBlocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, of, code = '']) => (of === language ? [code] : []))
}

/** Characters of a caller's value that a message quotes. */
const MOST_QUOTED = 100
/** Characters that a message may have. */
const LONGEST = 400

/**
 * Shortens the values that a message quotes. GraphQL's own messages quote values as a whole, and a caller can send long ones. Linear in
 * the length of the message.
 */
export function shortMessage(message: string): string {
  if (message.length <= MOST_QUOTED) return message
  const shortened = message.replace(/"[^"]*/g, (quoted) => cut(quoted)).replace(/\S+/g, (word) => cut(word))
  return shortened.length <= LONGEST
    ? shortened
    : `${whole(shortened.slice(0, MOST_QUOTED))}…${whole(shortened.slice(-MOST_QUOTED))}`
}

/** @returns a message of graphql-js without the text of a string, or the value of an argument, that it quotes: either may be a secret */
export function withoutQuotedText(message: string): string {
  return message
    .replace(/^(Syntax Error: [\s\S]*?\b(?:Block)?String) "[\s\S]*"/, '$1')
    .replace(/^(Argument "\w+") has invalid value [\s\S]*$/, '$1 has an invalid value.')
}

function cut(text: string): string {
  return text.length > MOST_QUOTED + 1 ? `${whole(text.slice(0, MOST_QUOTED))}…` : text
}

/** Removes half a character at either end: half of a surrogate pair. */
function whole(text: string): string {
  return text.replace(/^[\uDC00-\uDFFF]/, '').replace(/[\uD800-\uDBFF]$/, '')
}

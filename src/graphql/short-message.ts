/** Characters of a caller's value that a message quotes. */
const MOST_QUOTED = 100
/** Characters of a message that is left as it is. */
const LONGEST = 400

/**
 * The message without the long parts of the values that it quotes. GraphQL's own messages quote what they were given as a whole, and
 * what that is, is up to the caller. Linear in the length of the message.
 */
export function shortMessage(message: string): string {
  if (message.length <= MOST_QUOTED) return message
  const shortened = message.replace(/"[^"]*/g, (quoted) => cut(quoted)).replace(/\S+/g, (word) => cut(word))
  return shortened.length <= LONGEST
    ? shortened
    : `${whole(shortened.slice(0, MOST_QUOTED))}…${whole(shortened.slice(-MOST_QUOTED))}`
}

function cut(text: string): string {
  return text.length > MOST_QUOTED + 1 ? `${whole(text.slice(0, MOST_QUOTED))}…` : text
}

/** Without half of a character at either end. */
function whole(text: string): string {
  return text.replace(/^[\uDC00-\uDFFF]/, '').replace(/[\uD800-\uDBFF]$/, '')
}

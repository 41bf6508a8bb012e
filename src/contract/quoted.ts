/** Characters of a value that a message quotes. */
const MOST_QUOTED = 64

/** A value as a message quotes it: the beginning of its JSON. However large or deep it is, no more than that is read. */
export function quoted(value: unknown): string {
  let text = ''
  for (const piece of json(value)) {
    text += piece
    if (text.length > MOST_QUOTED) return shortened(text)
  }
  return text
}

/** A text that stands in a message as it is. */
export function shortened(text: string): string {
  return text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED).toWellFormed()}…` : text
}

/** Each level begins with a piece of its own, so that who stops reading stops the descent. */
function* json(value: unknown): Generator<string> {
  if (typeof value === 'string') {
    yield JSON.stringify(value.slice(0, MOST_QUOTED + 1))
  } else if (Array.isArray(value)) {
    yield '['
    for (const [index, item] of value.entries()) {
      if (index > 0) yield ','
      yield* json(item)
    }
    yield ']'
  } else if (typeof value === 'object' && value !== null) {
    yield '{'
    for (const [index, [name, item]] of Object.entries(value).entries()) {
      yield `${index > 0 ? ',' : ''}${JSON.stringify(name.slice(0, MOST_QUOTED + 1))}:`
      yield* json(item)
    }
    yield '}'
  } else {
    yield value === undefined ? 'nothing' : String(value)
  }
}

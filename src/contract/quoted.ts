/** Characters of a value that a message quotes. */
const MOST_QUOTED = 64

/** @returns a value as a message quotes it: the beginning of its JSON. Reads no more of it, however large or deep it is. */
export function quoted(value: unknown): string {
  let text = ''
  for (const piece of json(value)) {
    text += piece
    if (text.length > MOST_QUOTED) return shortened(text)
  }
  return text
}

/** @returns the beginning of a text, to be used in a message */
export function shortened(text: string): string {
  return text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED).toWellFormed()}…` : text
}

/** Yields before it descends, so that a reader that stops early also stops the descent. */
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

/** Levels of nesting that JSON from outside may have. JSON that is stored has lower limits. */
const DEEPEST = 200

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING_BRACE = 0x7b
const CLOSING_BRACE = 0x7d
const OPENING_BRACKET = 0x5b
const CLOSING_BRACKET = 0x5d
const COMMA = 0x2c
const SPACE = 0x20
const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/** JSON that can't be read. The message follows the name of its place, as in: … is not JSON in UTF-8. */
export class InvalidJson extends Error {
  override name = 'InvalidJson'
}

/** @throws InvalidJson if the text is not JSON, or is nested so deep that walking it could exhaust the stack */
export function parseJson(text: string): unknown {
  if (isNestedDeeper(text, DEEPEST)) throw new InvalidJson(`is nested more than ${DEEPEST} levels deep`)
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidJson('is not JSON in UTF-8')
  }
}

/** Whether objects and lists are nested more than `levels` deep. Linear, even if the text is not JSON. */
export function isNestedDeeper(text: string, levels: number): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at)
        break
      case OPENING_BRACE:
      case OPENING_BRACKET:
        depth += 1
        if (depth > levels) return true
        break
      case CLOSING_BRACE:
      case CLOSING_BRACKET:
        depth -= 1
    }
  }
  return false
}

/** @returns the index of the closing quote of the string that begins at `quote`; the end of the text if there is none */
function endOfString(text: string, quote: number): number {
  let at = quote + 1
  for (;;) {
    const end = text.indexOf('"', at)
    if (end === -1) return text.length
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH && end - 1 - backslashes > quote) backslashes += 1
    if (backslashes % 2 === 0) return end
    at = end + 1
  }
}

/**
 * @param text valid JSON
 * @param path names of members and indexes of items, from the outermost value on
 * @returns the text of the value at the path; `undefined` if there is none. Of members with the same name the last one counts, as in
 *   `JSON.parse`
 */
export function textAt(text: string, path: readonly (string | number)[]): string | undefined {
  let start = afterSpace(text, 0)
  for (const step of path) {
    const found = typeof step === 'number' ? startOfItem(text, start, step) : startOfMember(text, start, step)
    if (found === undefined) return undefined
    start = found
  }
  return text.slice(start, endOfValue(text, start))
}

/**
 * @param text valid JSON
 * @returns the object with what `map` makes of the text of each member; any other value as it is
 */
export function mapMembers(text: string, map: (value: string, name: string) => string): string {
  const start = afterSpace(text, 0)
  if (text[start] !== '{') return text
  let mapped = ''
  let copied = 0
  for (let at = afterSpace(text, start + 1); text[at] === '"'; ) {
    const end = endOfString(text, at)
    const value = afterSpace(text, afterSpace(text, end + 1) + 1)
    mapped += text.slice(copied, value)
    copied = endOfValue(text, value)
    mapped += map(text.slice(value, copied), JSON.parse(text.slice(at, end + 1)))
    at = nextItem(text, value)
  }
  return mapped + text.slice(copied)
}

/** @returns the JSON without white space between its tokens */
export function compact(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1')
}

/** @returns how many members all objects in the valid JSON have, duplicates included */
export function countNames(text: string): number {
  let names = 0
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) !== QUOTE) continue
    at = endOfString(text, at)
    if (text[afterSpace(text, at + 1)] === ':') names += 1
  }
  return names
}

function startOfMember(text: string, object: number, name: string): number | undefined {
  if (text[object] !== '{') return undefined
  let found: number | undefined
  for (let at = afterSpace(text, object + 1); text[at] === '"'; ) {
    const end = endOfString(text, at)
    const value = afterSpace(text, afterSpace(text, end + 1) + 1)
    if (JSON.parse(text.slice(at, end + 1)) === name) found = value
    at = nextItem(text, value)
  }
  return found
}

function startOfItem(text: string, list: number, index: number): number | undefined {
  if (text[list] !== '[') return undefined
  let at = afterSpace(text, list + 1)
  for (let passed = 0; passed < index && text[at] !== ']'; passed++) at = nextItem(text, at)
  return text[at] === ']' ? undefined : at
}

/** @returns where the next item or member behind the value begins, or where its list or object ends */
function nextItem(text: string, value: number): number {
  const at = afterSpace(text, endOfValue(text, value))
  return text[at] === ',' ? afterSpace(text, at + 1) : at
}

function endOfValue(text: string, start: number): number {
  if (text.charCodeAt(start) === QUOTE) return endOfString(text, start) + 1
  let depth = 0
  for (let at = start; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at)
        break
      case OPENING_BRACE:
      case OPENING_BRACKET:
        depth += 1
        break
      case CLOSING_BRACE:
      case CLOSING_BRACKET:
        depth -= 1
        if (depth < 0) return at
        if (depth === 0) return at + 1
        break
      case COMMA:
      case SPACE:
      case TAB:
      case LINE_FEED:
      case CARRIAGE_RETURN:
        if (depth === 0) return at
    }
  }
  return text.length
}

function afterSpace(text: string, from: number): number {
  let at = from
  while ([SPACE, TAB, LINE_FEED, CARRIAGE_RETURN].includes(text.charCodeAt(at))) at += 1
  return at
}

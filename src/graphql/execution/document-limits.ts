import { type DocumentNode, GraphQLError, parse, type ValidationRule, visit } from 'graphql'
import { badUserInput } from '../errors.ts'
import { shortMessage, withoutQuotedText } from '../short-message.ts'

/** Limits of one document. */
export const documentLimits = {
  /** UTF-16 code units. */
  length: 64 * 1_024,
  tokens: 4_000,
  comments: 500,
  /** Brackets of all kinds within each other. */
  nesting: 100,
  /** Validation errors that are reported. */
  errors: 20,
  aliases: 30,
  /** Fields with the same response name: validation compares each of them with all others. */
  repeated: 200,
} as const

/** Limits for callers without a token, who can only query the schema. */
export const strangersDocumentLimits = {
  ...documentLimits,
  length: 16 * 1_024,
  tokens: 1_500,
  comments: 50,
  errors: 5,
  repeated: 100,
} as const

type Limits = { readonly [Name in keyof typeof documentLimits]: number }

/** @throws GraphQLError if the source is not a document, or exceeds a limit */
export function parseWithin(source: string, most: Limits): DocumentNode {
  const { length: maxSourceLength, tokens: maxLexicalTokens, comments: maxComments, nesting } = most
  // The parser refuses longer ones at once.
  if (source.length <= maxSourceLength && isNestedDeeper(source, nesting)) {
    throw badUserInput(`The document is nested more than ${nesting} levels deep. Ask for less.`)
  }
  const document = parsed(() => parse(source, { maxSourceLength, maxLexicalTokens, maxComments }))
  demandFewRepeated(document, most.repeated)
  return document
}

function parsed(parse: () => DocumentNode): DocumentNode {
  try {
    return parse()
  } catch (error) {
    if (error instanceof GraphQLError) error.message = withoutQuotedText(error.message)
    throw error
  }
}

function demandFewRepeated(document: DocumentNode, most: number): void {
  const times = new Map<string, number>()
  visit(document, {
    Field({ alias, name }) {
      const response = (alias ?? name).value
      const count = (times.get(response) ?? 0) + 1
      if (count > most)
        throw badUserInput(
          `The document selects \`${response}\` more than ${most} times. Once in each place is enough.`,
        )
      times.set(response, count)
    },
    Argument: () => false,
    Directive: () => false,
    VariableDefinition: () => false,
  })
}

/** Ignores strings and comments. Linear, even if the source is not a document. */
function isNestedDeeper(source: string, levels: number): boolean {
  let depth = 0
  for (let at = 0; at < source.length; at++) {
    const character = source[at]
    if (character === '"') at = endOfString(source, at)
    else if (character === '#') at = endOfLine(source, at)
    else if (character === '{' || character === '[' || character === '(') depth += 1
    else if (character === '}' || character === ']' || character === ')') depth -= 1
    if (depth > levels) return true
  }
  return false
}

/** @returns the index of its last quote, or of the end of its line; for an open block string, of the end of the document */
function endOfString(source: string, start: number): number {
  const isBlock = source.startsWith('"""', start)
  const quote = isBlock ? '"""' : '"'
  for (let at = start + quote.length; at < source.length; at++) {
    if (isBlock && source.startsWith('\\"""', at)) at += 3
    else if (!isBlock && source[at] === '\\') at += 1
    else if (!isBlock && isLineEnd(source[at])) return at
    else if (source.startsWith(quote, at)) return at + quote.length - 1
  }
  return source.length
}

function endOfLine(source: string, start: number): number {
  let at = start
  while (at < source.length && !isLineEnd(source[at])) at += 1
  return at
}

function isLineEnd(character: string | undefined): boolean {
  return character === '\n' || character === '\r'
}

/** Shortens what the message of the error quotes. */
export function shortened(error: GraphQLError): GraphQLError {
  error.message = shortMessage(error.message)
  return error
}

/** Aliases multiply what one document asks for. */
export const maxAliases: ValidationRule = (context) => {
  let aliases = 0
  return {
    Field({ alias }) {
      if (alias && ++aliases === documentLimits.aliases + 1) context.reportError(tooMany())
    },
  }
}

function tooMany(): GraphQLError {
  return badUserInput(
    `The operation has more than ${documentLimits.aliases} aliases. Ask for less, or split it into several operations.`,
  )
}

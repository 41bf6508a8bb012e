import { type DocumentNode, type GraphQLError, parse, type ValidationRule, visit } from 'graphql'
import { badUserInput } from '../errors.ts'
import { shortMessage } from '../short-message.ts'

/** What one document may hold. */
export const documentLimits = {
  /** UTF-16 code units. */
  length: 64 * 1_024,
  tokens: 4_000,
  comments: 500,
  /** Brackets of all kinds within each other. */
  nesting: 100,
  /** Mistakes that its author is told of. */
  errors: 20,
  aliases: 30,
  /** Fields of one name: each is compared with each other, so that they do not answer two things under one name. */
  repeated: 200,
} as const

/** The same for those without a token, who have only the schema to ask for. */
export const strangersDocumentLimits = {
  ...documentLimits,
  length: 16 * 1_024,
  tokens: 1_500,
  comments: 50,
  errors: 5,
  repeated: 100,
} as const

type Limits = { readonly [Name in keyof typeof documentLimits]: number }

/** @throws GraphQLError for what is no document, or more than one may hold */
export function parseWithin(source: string, most: Limits): DocumentNode {
  const { length: maxSourceLength, tokens: maxLexicalTokens, comments: maxComments, nesting } = most
  // Longer ones the parser refuses at once.
  if (source.length <= maxSourceLength && isNestedDeeper(source, nesting)) {
    throw badUserInput(`The document has brackets more than ${nesting} levels deep: ask for less.`)
  }
  const document = parse(source, { maxSourceLength, maxLexicalTokens, maxComments })
  demandFewRepeated(document, most.repeated)
  return document
}

function demandFewRepeated(document: DocumentNode, most: number): void {
  const times = new Map<string, number>()
  visit(document, {
    Field({ alias, name }) {
      const response = (alias ?? name).value
      const count = (times.get(response) ?? 0) + 1
      if (count > most)
        throw badUserInput(
          `The document selects \`${response}\` more than ${most} times: once is enough in each place.`,
        )
      times.set(response, count)
    },
    Argument: () => false,
    Directive: () => false,
    VariableDefinition: () => false,
  })
}

/** What lies in strings and comments does not count. Linear, also for what is not a document. */
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

/** Where it ends: at its last quote, or with its line; a block string with the document. */
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

/** Without the long parts of what it quotes. */
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
    `The operation has more aliases than the ${documentLimits.aliases} that one may: ask for less, or in several operations.`,
  )
}

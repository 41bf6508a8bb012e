import { complexityFromQuery } from '@pothos/plugin-complexity'
import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  getOperationAST,
  getVariableValues,
  isInputObjectType,
  isListType,
  Kind,
  type NamedTypeNode,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  type SelectionSetNode,
  typeFromAST,
  type ValidationRule,
  validate,
  visit,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { Unauthenticated } from '../identity/unauthenticated.ts'
import type { Charge, Payer, RateLimits } from '../rate-limits.ts'
import { RequestError } from '../request-error.ts'
import { Turns, turnLimits } from '../turns.ts'
import { type Context, callerOf } from './context.ts'
import { type Documents, textOf } from './documents.ts'
import { badUserInput, refusal } from './errors.ts'
import { shortMessage } from './short-message.ts'

/** Values that an answer may hold above which the operation is a large one, and an event of a subscription a large one. */
const LARGE = 2_500
const LARGE_EVENT = 50

const costs = new WeakMap<Context, number>()

/** Whether an event of the subscription may hold more than what has happened and what it happened to. */
export function isLarge(context: Context): boolean {
  return (costs.get(context) ?? 0) > LARGE_EVENT
}

/** What one document may hold, and one operation may ask for. */
export const limits = {
  /** UTF-16 code units of a document. */
  length: 64 * 1_024,
  /** Tokens of a document. */
  tokens: 4_000,
  comments: 500,
  /** Brackets of all kinds within each other. */
  nesting: 100,
  /** Mistakes that a document is told of. */
  errors: 20,
  /** Aliases in a document. */
  aliases: 30,
  /** Fields of one name in a document: each is held against each other, so that they do not answer two things under one name. */
  repeated: 200,
  /** Items of a list in variables; what is JSON has a limit of its own. */
  items: 1_000,
  /** Fields within fields. */
  depth: 12,
  /** Fields that an operation selects, its fragments spread out. */
  breadth: 500,
  /** Values that an answer may hold: a list counts its items as often as it may have them. */
  complexity: 25_000,
} as const

/** The same for those without a token, who have only the schema to ask for. */
export const limitsForStrangers = {
  ...limits,
  length: 16 * 1_024,
  tokens: 1_500,
  comments: 50,
  errors: 5,
  repeated: 100,
} as const

/**
 * Holds documents and callers to the limits on every transport: all of them parse, validate and execute through these hooks. Each
 * limit is asked before the work that it bounds is done.
 * @param options.suggestions whether errors may suggest names out of the schema
 */
export function useLimits(options: { documents: Documents; rates: RateLimits; suggestions: boolean }): Plugin<Context> {
  const { documents, rates, suggestions } = options

  /** Operations that may answer much keep the gateway busy for long: of one caller they run one after the other. */
  const large = new Turns({ ...turnLimits, atOnce: 4, ofOne: 1 })

  const refuse = async (args: ExecutionArgs, stop: (result: { errors: GraphQLError[] }) => void) => {
    const context = args.contextValue as Context
    const counted = count(args)
    if (counted instanceof GraphQLError) {
      rates.noteRefused(payerOf(context), context.source?.text.length ?? 0)
      return stop({ errors: [counted] })
    }
    const error = counted && (await charge(rates, args, counted))
    if (error) return stop({ errors: [error] })
    costs.set(context, counted?.queryCost ?? 0)
    if ((counted?.queryCost ?? 0) <= LARGE) return
    try {
      await context.turn.waitFor(large.take(callerOf(context)))
    } catch (error) {
      if (error instanceof RequestError) return stop({ errors: [refusal(error)] })
      throw error
    }
  }

  return {
    onParse: ({ context, params, setParseFn }) => {
      const most = context.authentication instanceof Unauthenticated ? limitsForStrangers : limits
      setParseFn((source: string) => documents.find(source) ?? parseWithin(source, most))
      return ({ result }) => {
        if (result instanceof Error) rates.noteRefused(payerOf(context), params.source.length)
      }
    },
    onValidate: ({ context, addValidationRule, setValidationFn, setResult, params }) => {
      const { documentAST: document } = params
      if (documents.isValid(document)) return setResult([])
      const { errors: maxErrors } = context.authentication instanceof Unauthenticated ? limitsForStrangers : limits
      addValidationRule(maxAliases)
      setValidationFn((schema: Parameters<typeof validate>[0], ast: DocumentNode, rules?: readonly ValidationRule[]) =>
        validate(schema, ast, rules, { maxErrors, hideSuggestions: !suggestions }).map(shortened),
      )
      return ({ valid }) => {
        if (valid) documents.keep(document)
        else rates.noteRefused(payerOf(context), textOf(document).length)
      }
    },
    onExecute: ({ args, setResultAndStopExecution }) => refuse(args, setResultAndStopExecution),
    onSubscribe: ({ args, setResultAndStopExecution }) => refuse(args, setResultAndStopExecution),
  }
}

type Limits = { readonly [Name in keyof typeof limits]: number }

function parseWithin(source: string, most: Limits): DocumentNode {
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
    if (source[at] === '\\') at += 1
    else if (!isBlock && source[at] === '\n') return at
    else if (source.startsWith(quote, at)) return at + quote.length - 1
  }
  return source.length
}

function endOfLine(source: string, start: number): number {
  const end = source.indexOf('\n', start)
  return end === -1 ? source.length : end
}

function shortened(error: GraphQLError): GraphQLError {
  error.message = shortMessage(error.message)
  return error
}

const maxAliases: ValidationRule = (context) => {
  let aliases = 0
  return {
    Field({ alias }) {
      if (alias && ++aliases === limits.aliases + 1) context.reportError(tooMuch('has more aliases', limits.aliases))
    },
  }
}

/**
 * What the operation asks for, or what of it is too much. Counted with the variables of the request, so not a rule of validation,
 * the verdict of which is kept for a document.
 */
function count(args: ExecutionArgs): Charge | GraphQLError | undefined {
  const { document, schema, operationName, variableValues } = args
  const operation = getOperationAST(document, operationName)
  if (!operation) return undefined
  if (
    operation.operation === OperationTypeNode.SUBSCRIPTION &&
    isConditional(operation.selectionSet, fragmentsOf(document))
  ) {
    return badUserInput(
      'The field of a subscription can not depend on @skip or @include: leave the subscription out instead.',
    )
  }
  const long = longList(schema, operation, variableValues ?? {})
  if (long) return long
  const variables = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {}, {
    maxErrors: 1,
    hideSuggestions: true, // validation alone knows whether they may be made
  })
  if (variables.errors) return badUserInput(variables.errors[0]?.message ?? '')
  const definitions = document.definitions.filter(
    (definition) => definition === operation || definition.kind === Kind.FRAGMENT_DEFINITION,
  )
  try {
    const counted = complexityFromQuery({ ...document, definitions }, { schema, variables: variableValues ?? {} })
    if (counted.depth > limits.depth) return tooMuch(`is ${counted.depth} fields deep, which is more`, limits.depth)
    if (counted.breadth > limits.breadth) return tooMuch(`selects ${counted.breadth} fields, more`, limits.breadth)
    if (counted.complexity > limits.complexity) {
      return tooMuch(`may answer ${counted.complexity} values, more`, limits.complexity)
    }
    return chargeOf(operation, document, counted.complexity)
  } catch (error) {
    // What can't be counted is not run: arguments that do not fit.
    if (error instanceof GraphQLError) return badUserInput(error.message)
    throw error
  }
}

/** To coerce a list costs for each of its items, before anyone can tell that there are too many. */
function longList(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): GraphQLError | undefined {
  for (const { variable, type } of variableDefinitions) {
    const name = variable.name.value
    const declared = typeFromAST(schema, type as NamedTypeNode)
    const length = declared && longest(declared as unknown as GraphQLInputType, variables[name])
    if (length && length > limits.items) {
      return badUserInput(
        `The variable \`$${name}\` holds a list of ${length} items, of which there may be ${limits.items}.`,
      )
    }
  }
  return undefined
}

/** The length of the longest list within the value; it is looked for no further once one is too long. */
function longest(type: GraphQLInputType, value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const nullable = getNullableType(type)
  const lengths = isListType(nullable)
    ? Array.isArray(value)
      ? [value.length, ...(value.length > limits.items ? [] : value.map((item) => longest(nullable.ofType, item)))]
      : []
    : isInputObjectType(nullable)
      ? Object.values(nullable.getFields()).map((field) =>
          longest(field.type, (value as Record<string, unknown>)[field.name]),
        )
      : []
  return Math.max(0, ...lengths)
}

/** `publishChatEvent` is the chat platform's intake, which comes as it comes and has a limit of its own. */
function chargeOf(operation: OperationDefinitionNode, document: DocumentNode, queryCost: number): Charge {
  if (operation.operation !== OperationTypeNode.MUTATION) return { queryCost, mutations: 0, chatEvents: 0 }
  const fields = fieldsOf(operation.selectionSet, fragmentsOf(document))
  const chatEvents = fields.filter((name) => name === 'publishChatEvent').length
  const mutations = fields.length - chatEvents
  return { queryCost: mutations > 0 ? queryCost : 0, mutations, chatEvents }
}

type Fragments = ReadonlyMap<string, SelectionSetNode>

function fragmentsOf({ definitions }: DocumentNode): Fragments {
  return new Map(
    definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition.selectionSet]] : [],
    ),
  )
}

/** GraphQL, section 5.2.4.1: a subscription has exactly one root field, whatever its variables are. */
function isConditional({ selections }: SelectionSetNode, fragments: Fragments): boolean {
  return selections.some((selection) => {
    if (selection.directives?.some(({ name }) => name.value === 'skip' || name.value === 'include')) return true
    if (selection.kind === Kind.FIELD) return false
    const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments.get(selection.name.value)
    return inner !== undefined && isConditional(inner, fragments)
  })
}

function fieldsOf({ selections }: SelectionSetNode, fragments: Fragments): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return selection.name.value
    const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments.get(selection.name.value)
    return inner ? fieldsOf(inner, fragments) : []
  })
}

async function charge(
  rates: RateLimits,
  { contextValue }: ExecutionArgs,
  counted: Charge,
): Promise<GraphQLError | undefined> {
  const limited = await rates.charge(payerOf(contextValue as Context), counted)
  return limited && refusal(limited)
}

export function payerOf({ authentication, address }: Pick<Context, 'authentication' | 'address'>): Payer {
  return authentication instanceof Unauthenticated ? { address } : { ...authentication, address }
}

function tooMuch(what: string, limit: number): GraphQLError {
  return badUserInput(`The operation ${what} than the ${limit} that one may: ask for less, or in several operations.`)
}

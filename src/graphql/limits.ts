import { complexityFromQuery } from '@pothos/plugin-complexity'
import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { Unauthenticated } from '../identity/unauthenticated.ts'
import type { Charge, RateLimits } from '../rate-limits.ts'
import type { Context } from './context.ts'
import { badUserInput, refusal } from './errors.ts'

/** What one document may hold, and one operation may ask for. */
export const limits = {
  /** Tokens of a document. */
  tokens: 4_000,
  /** Aliases in a document. */
  aliases: 30,
  /** Fields within fields. */
  depth: 12,
  /** Fields that an operation selects, its fragments spread out. */
  breadth: 500,
  /** Values that an answer may hold: a list counts its items as often as it may have them. */
  complexity: 25_000,
}

/** Holds documents and callers to the limits on every transport: all of them parse, validate and execute through these hooks. */
export function useLimits(rates: RateLimits): Plugin {
  const refuse = async (args: ExecutionArgs, stop: (result: { errors: GraphQLError[] }) => void) => {
    const counted = count(args)
    const error = counted instanceof GraphQLError ? counted : counted && (await charge(rates, args, counted))
    if (error) stop({ errors: [error] })
  }

  return {
    onParse: ({ setParseFn }) => {
      setParseFn((source, options) => parse(source, { ...options, maxTokens: limits.tokens }))
    },
    onValidate: ({ addValidationRule }) => {
      addValidationRule(maxAliases)
    },
    onExecute: ({ args, setResultAndStopExecution }) => refuse(args, setResultAndStopExecution),
    onSubscribe: ({ args, setResultAndStopExecution }) => refuse(args, setResultAndStopExecution),
  }
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
    // What can't be counted is not run: variables or arguments that do not fit.
    // Names are suggested by validation alone, which knows whether they may be: see introspection.ts.
    if (error instanceof GraphQLError) return badUserInput(error.message.replace(/ Did you mean [^?]*\?/g, ''))
    throw error
  }
}

/** `publishChatEvent` is the chat platform's intake, which comes as it comes and has a limit of its own. */
function chargeOf(operation: OperationDefinitionNode, document: DocumentNode, queryCost: number): Charge {
  if (operation.operation !== OperationTypeNode.MUTATION) return { queryCost, mutations: 0, chatEvents: 0 }
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition.selectionSet]] : [],
    ),
  )
  const fields = fieldsOf(operation.selectionSet, fragments)
  const chatEvents = fields.filter((name) => name === 'publishChatEvent').length
  const mutations = fields.length - chatEvents
  return { queryCost: mutations > 0 ? queryCost : 0, mutations, chatEvents }
}

function fieldsOf({ selections }: SelectionSetNode, fragments: ReadonlyMap<string, SelectionSetNode>): string[] {
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
  const { authentication, address } = contextValue as Context
  const payer = authentication instanceof Unauthenticated ? { address } : { ...authentication, address }
  const limited = await rates.charge(payer, counted)
  return limited && refusal(limited)
}

function tooMuch(what: string, limit: number): GraphQLError {
  return badUserInput(`The operation ${what} than the ${limit} that one may: ask for less, or in several operations.`)
}

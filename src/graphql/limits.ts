import { complexityFromQuery } from '@pothos/plugin-complexity'
import { type ExecutionArgs, GraphQLError, getOperationAST, Kind, parse, type ValidationRule } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { badUserInput } from './errors.ts'

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

/** Holds documents to the limits on every transport: all of them parse, validate and execute through these hooks. */
export function useLimits(): Plugin {
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

function refuse(args: ExecutionArgs, stop: (result: { errors: GraphQLError[] }) => void): void {
  const error = exceeded(args)
  if (error) stop({ errors: [error] })
}

const maxAliases: ValidationRule = (context) => {
  let aliases = 0
  return {
    Field({ alias }) {
      if (alias && ++aliases === limits.aliases + 1) context.reportError(tooMuch('has more aliases', limits.aliases))
    },
  }
}

/** Counted with the variables of the request, so not a rule of validation, the verdict of which is kept for a document. */
function exceeded({ document, schema, operationName, variableValues }: ExecutionArgs): GraphQLError | undefined {
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
  } catch (error) {
    // What can't be counted is not run: variables or arguments that do not fit.
    if (error instanceof GraphQLError) return badUserInput(error.message)
    throw error
  }
  return undefined
}

function tooMuch(what: string, limit: number): GraphQLError {
  return badUserInput(`The operation ${what} than the ${limit} that one may: ask for less, or in several operations.`)
}

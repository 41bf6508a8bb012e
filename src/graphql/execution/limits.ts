import {
  type DocumentNode,
  type ExecutionArgs,
  execute,
  GraphQLError,
  getOperationAST,
  type OperationDefinitionNode,
  type ValidationRule,
  validate,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Payer, RateLimits } from '../../admission/rate-limits.ts'
import { Turns, turnLimits } from '../../admission/turns.ts'
import { shortened as shortenedName } from '../../contract/quoted.ts'
import { RequestError } from '../../contract/request-error.ts'
import { Unauthenticated } from '../../identity/unauthenticated.ts'
import { workingFor } from '../../process/log.ts'
import { type Context, callerOf } from '../context.ts'
import { refusal } from '../errors.ts'
import { documentLimits, maxAliases, parseWithin, shortened, strangersDocumentLimits } from './document-limits.ts'
import { type Documents, textOf } from './documents.ts'
import { count } from './operation-cost.ts'
import { withoutSecretLiterals } from './secret-values.ts'

/** An operation is large if its response may have more values than this; the same for an event of a subscription. */
const LARGE = 2_500
const LARGE_EVENT = 150

const costs = new WeakMap<Context, number>()

/** Whether an event of the subscription may carry more than the event itself and the object that it is about. */
export function isLarge(context: Context): boolean {
  return (costs.get(context) ?? 0) > LARGE_EVENT
}

/** An operation that may run, and is charged for. */
export interface Admitted {
  readonly operation: OperationDefinitionNode
  /** As coerced. */
  readonly variableValues: Readonly<Record<string, unknown>>
}

/** @returns the result of an operation that is refused before it runs, or what to run */
export type Admit = (args: ExecutionArgs) => Promise<{ errors: readonly GraphQLError[] } | Admitted>

/** The limits of operations, on every transport: what one may ask for, and what its caller may ask for in a minute. */
export function createAdmit({ rates }: { rates: RateLimits }): Admit {
  /** Large operations keep the gateway busy for a long time, so one caller's large operations run one after another. */
  const large = new Turns({ ...turnLimits, atOnce: 4, ofOne: 1 })

  return async (args) => {
    const context = args.contextValue as Context
    const operation = getOperationAST(args.document, args.operationName)
    // graphql-js says why there is none.
    if (!operation) return execute(args) as { errors: readonly GraphQLError[] }
    if (!context.inMethod) note(operation)
    const counted = count(operation, args)
    if (counted instanceof GraphQLError) {
      rates.noteRefused(payerOf(context), context.source?.text.length ?? 0)
      return { errors: [counted] }
    }
    const { charge, variableValues } = counted
    const limited = await rates.charge(payerOf(context), charge)
    if (limited) return { errors: [refusal(limited)] }
    costs.set(context, charge.queryCost)
    const admitted = { operation, variableValues }
    if (charge.queryCost <= LARGE) return admitted
    try {
      await context.turn.waitFor(large.take(callerOf(context)))
    } catch (error) {
      if (error instanceof RequestError) return { errors: [refusal(error)] }
      throw error
    }
    return admitted
  }
}

/**
 * Enforces the limits of documents on every transport: all of them parse and validate through these hooks. Each limit is checked before
 * the work that it bounds.
 * @param options.suggestions whether errors may suggest names from the schema
 */
export function useLimits(options: { documents: Documents; rates: RateLimits; suggestions: boolean }): Plugin<Context> {
  const { documents, rates, suggestions } = options
  return {
    onParse: ({ context, params, setParseFn }) => {
      const most = limitsOf(context)
      setParseFn((source: string) => documents.find(source) ?? parseWithin(source, most))
      return ({ result }) => {
        if (result instanceof Error) rates.noteRefused(payerOf(context), params.source.length)
      }
    },
    onValidate: ({ context, addValidationRule, setValidationFn, setResult, params }) => {
      const { documentAST: document } = params
      if (documents.isValid(document)) return setResult([])
      const { errors: maxErrors } = limitsOf(context)
      addValidationRule(maxAliases)
      setValidationFn((schema: Parameters<typeof validate>[0], ast: DocumentNode, rules?: readonly ValidationRule[]) =>
        withoutSecretLiterals(
          schema,
          ast,
          validate(schema, ast, rules, { maxErrors, hideSuggestions: !suggestions }),
        ).map(shortened),
      )
      return ({ valid }) => {
        if (valid) documents.keep(document)
        else {
          note(getOperationAST(document))
          rates.noteRefused(payerOf(context), textOf(document).length)
        }
      }
    },
  }
}

/** For the log. */
function note(operation: OperationDefinitionNode | null | undefined): void {
  const work = workingFor.getStore()
  if (!work || !operation) return
  const { name, selectionSet } = operation
  const first = selectionSet.selections[0]
  const { value } = name ?? (first && 'name' in first ? first.name : { value: '' })
  work.operation = shortenedName(value)
}

export function payerOf({ authentication, address }: Pick<Context, 'authentication' | 'address'>): Payer {
  return authentication instanceof Unauthenticated ? { address } : { ...authentication, address }
}

function limitsOf({ authentication }: Context) {
  return authentication instanceof Unauthenticated ? strangersDocumentLimits : documentLimits
}

import {
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLError,
  getOperationAST,
  OperationTypeNode,
} from 'graphql'
import type { Context } from '../context.ts'
import { refusal } from '../errors.ts'
import type { Admit } from './limits.ts'

/** Runs a query or mutation, on every transport. Errors are as callers may see them. */
export type Execute = (args: ExecutionArgs) => Promise<ExecutionResult>

/** `execute`, within the limits of the operation and its caller. It ends the turn, and refuses an operation that has loaded too much. */
export function boundedExecute(options: { admit: Admit; mask: (error: unknown) => GraphQLError }): Execute {
  const { admit, mask } = options
  return async (args) => {
    const { turn, loaded } = args.contextValue as Context
    try {
      const result = (await admit(args)) ?? (await execute(args))
      const errors = result.errors?.map(mask)
      if (!loaded.refusal) return errors ? { ...result, errors } : result
      const all = [...(errors ?? []), refusal(loaded.refusal)]
      // A mutation has taken effect: its response keeps what could be loaded.
      const isQuery = getOperationAST(args.document, args.operationName)?.operation === OperationTypeNode.QUERY
      return isQuery ? { errors: all.slice(-1) } : { ...result, errors: all }
    } finally {
      turn.end()
    }
  }
}

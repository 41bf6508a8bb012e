import { type ExecutionArgs, type ExecutionResult, type GraphQLError, OperationTypeNode } from 'graphql'
import type { Context } from '../context.ts'
import { refusal } from '../errors.ts'
import type { Admit } from './limits.ts'
import type { Plans } from './plans.ts'

/** Runs a query or mutation, on every transport. Errors are as callers may see them. */
export type Execute = (args: ExecutionArgs) => Promise<ExecutionResult>

/** `execute`, within the limits of the operation and its caller. It ends the turn, and refuses an operation that has loaded too much. */
export function boundedExecute(options: {
  admit: Admit
  plans: Plans
  mask: (error: unknown) => GraphQLError
}): Execute {
  const { admit, plans, mask } = options
  return async (args) => {
    const { turn, loaded } = args.contextValue as Context
    try {
      const admitted = await admit(args)
      if ('errors' in admitted) return { errors: admitted.errors.map(mask) }
      const { operation, variableValues } = admitted
      const result = await plans.execute(operation, { ...args, variableValues })
      const errors = result.errors?.map(mask)
      if (!loaded.refusal) return errors ? { ...result, errors } : result
      const all = [...(errors ?? []), refusal(loaded.refusal)]
      // A mutation has taken effect: its response keeps what could be loaded.
      return operation.operation === OperationTypeNode.QUERY ? { errors: all.slice(-1) } : { ...result, errors: all }
    } finally {
      turn.end()
    }
  }
}

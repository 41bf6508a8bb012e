import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute, GraphQLError } from 'graphql'
import { Unauthenticated } from '../identity/unauthenticated.ts'
import { RequestError } from '../request-error.ts'
import { type Context, renewed } from './context.ts'

/**
 * GraphQL's subscribe, with a context of its own for each event: permission is asked for anew and nothing loaded for an earlier
 * event is used again. What a caller is refused is the last event. An error of the source is the stream's last result, so that
 * its code reaches the client on every transport.
 */
export async function subscribe(
  args: ExecutionArgs,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(args)
  if (!(Symbol.asyncIterator in source)) return source

  const context = args.contextValue as Context
  const events = source[Symbol.asyncIterator]()
  let ended: unknown
  let done = false
  const end = async (reason?: unknown) => {
    ended ??= reason
    release()
    await events.return?.()
  }
  const { authentication, streamEndsWithToken, tokensInUse } = context
  const release =
    streamEndsWithToken && !(authentication instanceof Unauthenticated)
      ? tokensInUse.hold(authentication, end)
      : () => {}

  const results: AsyncIterableIterator<ExecutionResult> = {
    async next() {
      if (done) return { done, value: undefined }
      try {
        const event = await events.next()
        if (!event.done) {
          const value = await execute({ ...args, rootValue: event.value, contextValue: renewed(context) })
          if (isRefused(value)) {
            done = true
            await end()
          }
          return { done: false, value }
        }
      } catch (error) {
        ended ??= error
      }
      done = true
      release()
      if (ended === undefined) return { done, value: undefined }
      return { done: false, value: { errors: [new GraphQLError('', { originalError: ended as Error })] } }
    },
    async return() {
      done = true
      await end()
      return { done, value: undefined }
    },
    [Symbol.asyncIterator]: () => results,
  }
  return results
}

/** Whether the permission for the stream as a whole is gone. */
function isRefused({ data, errors = [] }: ExecutionResult): boolean {
  const codes = errors.map(({ originalError }) => originalError instanceof RequestError && originalError.code)
  return !data && codes.some((code) => code === 'FORBIDDEN' || code === 'UNAUTHENTICATED')
}

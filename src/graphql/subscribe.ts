import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute, GraphQLError } from 'graphql'
import { at } from '../at.ts'
import { Unauthenticated } from '../identity/unauthenticated.ts'
import { type Context, renewed } from './context.ts'

/**
 * GraphQL's subscribe, with a context of its own for each event: permission is asked for anew and nothing loaded for an earlier
 * event is used again. An error of the source is the stream's last result, so that its code reaches the client on every
 * transport.
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
    disarm()
    await events.return?.()
  }
  const { authentication, streamEndsWithToken } = context
  const disarm =
    streamEndsWithToken && !(authentication instanceof Unauthenticated)
      ? at(authentication.expiresAt, () => end(new Unauthenticated('expired', 'The access token has expired.')))
      : () => {}

  const results: AsyncIterableIterator<ExecutionResult> = {
    async next() {
      if (done) return { done, value: undefined }
      try {
        const event = await events.next()
        if (!event.done) {
          return {
            done: false,
            value: await execute({ ...args, rootValue: event.value, contextValue: renewed(context) }),
          }
        }
      } catch (error) {
        ended ??= error
      }
      done = true
      disarm()
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

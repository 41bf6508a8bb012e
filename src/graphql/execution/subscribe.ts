import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  type OperationDefinitionNode,
} from 'graphql'
import type { Logger } from 'pino'
import { Turns } from '../../admission/turns.ts'
import { Overloaded, RateLimited, RequestError } from '../../contract/request-error.ts'
import type { FeedStream } from '../../feed/feed.ts'
import { type FeedEntry, isAnnouncement } from '../../feed/feed-entry.ts'
import type { TokensInUse } from '../../identity/revocation/tokens-in-use.ts'
import { Unauthenticated } from '../../identity/unauthenticated.ts'
import type { Viewer } from '../../identity/viewer.ts'
import { patiently } from '../../process/patiently.ts'
import { type Context, callerOf, renewed, viewerOf } from '../context.ts'
import { isOurFault, refusal, rootOf } from '../errors.ts'
import { Broadcasts } from './broadcasts.ts'
import { type Documents, textOf } from './documents.ts'
import { type Admit, type Admitted, isLarge } from './limits.ts'
import type { Plans } from './plans.ts'
import { Reader } from './reader.ts'
import { MOST_HOLDERS, type StreamRoom } from './stream-room.ts'

type Stream = AsyncIterableIterator<ExecutionResult>

const RESUME = 'Subscribe again with the cursor of the last event as `after`.'

/** Begins a stream, on every transport. Errors are as callers may see them. */
export type Subscribe = (args: ExecutionArgs) => Promise<Stream | ExecutionResult>

/**
 * `subscribe`, within the limits of operations, and of the number of streams of one caller and what they keep. Beyond these limits the result is RATE_LIMITED,
 * and no stream is opened.
 */
export function boundedSubscribe(options: {
  documents: Documents
  admit: Admit
  plans: Plans
  room: StreamRoom
  mask: (error: unknown) => GraphQLError
  log: Logger
}): Subscribe {
  const { documents, admit, plans, room, mask, log } = options
  /** Large events take turns. Each stream has one at a time, so no more events wait than there are streams. */
  const events = new Turns({
    atOnce: 4,
    ofOne: 1,
    waitingOfOne: Number.POSITIVE_INFINITY,
    waiting: Number.POSITIVE_INFINITY,
  })
  const broadcasts = new Broadcasts()
  return async (args) => {
    const admitted = await admit(args)
    if ('errors' in admitted) return masked(admitted, mask)
    const context = args.contextValue as Context
    let giveBack = () => {}
    if (!(context.authentication instanceof Unauthenticated)) {
      try {
        if (context.streamEndsWithToken) demandFewHolders(context.tokensInUse, viewerOf(context))
        giveBack = take(args, { documents, room })
      } catch (error) {
        if (error instanceof RequestError) return { errors: [refusal(error)] }
        throw error
      }
    }
    const turns = isLarge(context) ? events : undefined
    const result = await subscribe(args, admitted, { plans, broadcasts, turns, mask, giveBack, log }).catch((error) => {
      giveBack()
      throw error
    })
    if (Symbol.asyncIterator in result) return result
    giveBack()
    return masked(result, mask)
  }
}

/** Takes what a stream keeps while it is open. @returns a function that gives it back */
function take(
  { document, contextValue }: ExecutionArgs,
  { documents, room }: { documents: Documents; room: StreamRoom },
): () => void {
  const context = contextValue as Context
  const release = room.take(callerOf(context), textOf(document), context.source?.text ?? textOf(document))
  const letGo = documents.retain(document)
  return () => {
    letGo()
    release()
  }
}

function masked(result: ExecutionResult, mask: (error: unknown) => GraphQLError): ExecutionResult {
  return result.errors ? { ...result, errors: result.errors.map(mask) } : result
}

function demandFewHolders(tokensInUse: TokensInUse, viewer: Viewer): void {
  if (tokensInUse.holders(viewer) < MOST_HOLDERS) return
  throw new RateLimited(
    `An access token may have at most ${MOST_HOLDERS} open sockets and streams. Close some of them.`,
    60,
  )
}

/**
 * @returns a function that executes the subscription for an event; it keeps nothing of the context in which the subscription began
 * @throws the first error that is the gateway's own fault
 */
function executionOf(
  plans: Plans,
  operation: OperationDefinitionNode,
  { contextValue: _, ...args }: ExecutionArgs,
): (event: unknown, context: Context) => Promise<ExecutionResult> {
  return async (event, contextValue) => {
    const result = await plans.execute(operation, { ...args, rootValue: event, contextValue })
    const { refusal: tooMuch } = contextValue.loaded
    if (tooMuch) return { errors: [refusal(tooMuch)] }
    const fault = result.errors?.find(isOurFault)
    if (fault) throw fault
    return result
  }
}

/**
 * GraphQL's subscribe, with a context of its own for each event: permission is checked again, and nothing that was loaded for an
 * earlier event is reused. An event that the caller may no longer see ends the stream with an error. An event that fails for the gateway's
 * own fault, in whatever field, is never passed on with a hole: it is tried again for some seconds, and then ends the stream, so that the
 * client comes back for it. An error of the source becomes the stream's last result, so that its code reaches the client on every
 * transport.
 */
async function subscribe(
  args: ExecutionArgs,
  { operation, variableValues }: Admitted,
  {
    plans,
    broadcasts,
    turns,
    mask,
    giveBack,
    log,
  }: {
    plans: Plans
    broadcasts: Broadcasts
    turns: Turns | undefined
    mask: (error: unknown) => GraphQLError
    giveBack: () => void
    log: Logger
  },
): Promise<Stream | ExecutionResult> {
  const context = args.contextValue as Context
  // With a context of its own as well: what was decided and loaded for its beginning is not kept as long as the stream.
  const source = await createSourceEventStream({ ...args, contextValue: { ...context } })
  context.turn.end()
  if (!(Symbol.asyncIterator in source)) return source

  const events = source[Symbol.asyncIterator]()
  let ended: unknown
  let done = false
  const isOver = () => done || ended !== undefined
  const end = async (reason?: unknown) => {
    ended ??= reason
    release()
    await events.return?.()
  }
  const { authentication, streamEndsWithToken, tokensInUse } = context
  const caller =
    authentication instanceof Unauthenticated
      ? {}
      : { client: authentication.clientId, license: authentication.licenseId }
  const letGo =
    streamEndsWithToken && !(authentication instanceof Unauthenticated)
      ? tokensInUse.hold(authentication, end)
      : () => {}
  const reader = new Reader(() => {
    log.info(caller, 'a stream ended: its client did not read its events')
    context.dropConnection('Events were not read in time. Reconnect with the last cursor')
    void end(new RequestError('SLOW_CONSUMER', `Events were not read in time. ${RESUME}`))
  })

  const execute = executionOf(plans, operation, { ...args, variableValues })
  const { place } = source as Partial<FeedStream>
  // Large events take turns.
  const shared = place && !turns ? broadcasts.share(operation, args, { place, execute }) : undefined
  let isReleased = false
  const release = () => {
    if (isReleased) return
    isReleased = true
    letGo()
    reader.stop()
    shared?.end()
    giveBack()
  }

  /** @returns undefined if the stream has ended meanwhile @throws the first error that is the gateway's own fault */
  const executed = async (event: unknown): Promise<ExecutionResult | undefined> => {
    // An announcement is at the place of another event, and each stream has its own.
    if (shared && !isAnnouncement(event as FeedEntry)) return shared.resultOf(event as FeedEntry)
    const turn = await turns?.take(callerOf(context))
    try {
      return done ? undefined : await execute(event, renewed(context, place?.previous))
    } finally {
      turn?.end()
    }
  }

  /** @returns the error with which a stream ends that can't go on for the gateway's own fault */
  const interrupted = (fault: unknown) => {
    log.error({ err: rootOf(fault), ...caller }, 'a stream ended: its next event could not be loaded')
    context.dropConnection('An event could not be loaded. Reconnect with the last cursor')
    return new Overloaded(`The next event could not be loaded. ${RESUME}`)
  }

  const results: Stream = {
    async next() {
      if (done) return { done, value: undefined }
      reader.asks()
      try {
        await shared?.follow()
        if (done) return { done, value: undefined }
        const event = await events.next()
        if (!event.done) {
          const value = await patiently(() => executed(event.value), { while: isOurFault, isOver })
          if (!value || done) return { done: true, value: undefined }
          if (isRefused(value)) {
            done = true
            await end()
          } else {
            reader.holds()
          }
          return { done: false, value: masked(value, mask) }
        }
      } catch (error) {
        if (done) return { done, value: undefined }
        ended ??= isOurFault(error) ? interrupted(error) : error
      }
      done = true
      await end()
      if (ended === undefined) return { done, value: undefined }
      return { done: false, value: { errors: [mask(ended)] } }
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

const LAST_CODES: readonly unknown[] = ['FORBIDDEN', 'UNAUTHENTICATED', 'CURSOR_EXPIRED']

/** Whether the caller has lost the permission for the stream as a whole, or what it tells about is no longer kept. */
function isRefused({ data, errors = [] }: ExecutionResult): boolean {
  const codes = errors.map(({ originalError }) => originalError instanceof RequestError && originalError.code)
  return !data && codes.some((code) => LAST_CODES.includes(code))
}

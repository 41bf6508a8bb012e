import { type Client, type ClientOptions, createClient } from 'graphql-ws'
import { Bearer } from './bearer.ts'
import { A_MINUTE, type Ending, type Errors, endingOfErrors, StreamEnded } from './ending.ts'
import { type FollowOptions, follow, type Result, type Sink } from './follow.ts'
import { iterate } from './iterate.ts'
import { LastSocket } from './last-socket.ts'
import { failingAtNormalClosure } from './normal-closure.ts'
import { isStream, type Operation } from './operation.ts'

export { StreamEnded } from './ending.ts'

type Ours = 'connectionParams' | 'lazy' | 'onNonLazyError' | 'retryAttempts' | 'retryWait' | 'shouldRetry'

export interface ResumeOptions extends Omit<ClientOptions, Ours | 'isFatalConnectionProblem'>, FollowOptions {
  /**
   * The access token, asked for with each connection. If it throws, it is asked again later. If there is none to be had any more, return
   * undefined: then the gateway refuses the connection, and the streams end. They also end if it returns the token that was refused.
   */
  token: () => Promise<string | undefined> | string | undefined
}

/** Milliseconds between pings, and that an answer may take. Browsers do not tell when a connection is broken and silent. */
const PING = 10_000

/** After these a client that does the same again gets the same again. */
const final = new Set([1002, 1007, 1008, 1009, 4004, 4400, 4401, 4406, 4409])
const UNAUTHORIZED = 4401
const EXPIRED = 4403
const TOO_MANY = 4429

/**
 * A client of graphql-ws whose subscriptions come back after an interruption and continue with the event after the last one. They have to declare
 * `$after: String`, pass it on, and select `cursor`. Queries and mutations are sent once: whether to send them again is yours to decide.
 */
export function resume({ token, longestDelay, onInterrupted, ...options }: ResumeOptions): Client {
  const bearer = new Bearer()
  const socket = new LastSocket(options.webSocketImpl)
  const client = createClient({
    keepAlive: PING,
    ...options,
    webSocketImpl: socket.webSocketImpl,
    lazy: true,
    retryAttempts: 0,
    async connectionParams() {
      const isOpen = socket.stillOpen()
      try {
        return bearer.use(await token())
      } catch (error) {
        // It is none of the next socket's business.
        if (!isOpen()) return undefined
        throw error
      }
    },
  })
  client.on('connected', () => bearer.accepted())
  leaveWhenSilent(client)
  socket.watch(client)

  const closing = new AbortController()
  const once = failingAtNormalClosure(client, closing.signal)
  const transport = {
    subscribe: once,
    endingOf(error: unknown) {
      const ending = endingOf(error)
      return ending.again ? bearer.endingAfter(ending) : ending
    },
    closing: closing.signal,
  }
  const followOptions = { ...(longestDelay && { longestDelay }), ...(onInterrupted && { onInterrupted }) }
  const subscribe = (operation: Operation, sink: Sink<Result>) =>
    isStream(operation) ? follow(operation, sink, transport, followOptions) : once(operation, sink)
  const dispose = () => {
    closing.abort()
    return client.dispose()
  }

  return {
    ...client,
    subscribe: subscribe as Client['subscribe'],
    iterate: ((operation) => iterate((sink) => subscribe(operation, sink))) as Client['iterate'],
    dispose,
  }
}

function endingOf(error: unknown): Ending {
  if (Array.isArray(error)) return endingOfErrors(error as unknown as Errors)
  if (error instanceof StreamEnded) return { again: false, message: error.message }
  if (!isCloseEvent(error))
    return { again: true, message: error instanceof Error ? error.message : 'There is no connection' }
  const { code, reason } = error
  return {
    again: !final.has(code),
    wait: code === TOO_MANY ? A_MINUTE : undefined,
    code: code === UNAUTHORIZED || code === EXPIRED ? 'UNAUTHENTICATED' : undefined,
    message: reason || `The socket was closed with ${code}`,
  }
}

function isCloseEvent(error: unknown): error is { code: number; reason: string } {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    'reason' in error &&
    typeof error.code === 'number'
  )
}

/** Closes the socket when a ping is not answered in time. */
function leaveWhenSilent(client: Client): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  client.on('ping', (received) => {
    if (received) return
    clearTimeout(timer)
    timer = setTimeout(() => client.terminate(), PING)
  })
  client.on('pong', (received) => {
    if (received) clearTimeout(timer)
  })
  client.on('closed', () => clearTimeout(timer))
}

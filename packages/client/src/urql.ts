import { type Exchange, type ExecutionResult, subscriptionExchange } from '@urql/core'
import type { Client } from 'graphql-ws'

/**
 * Sends subscriptions over the socket, and passes everything else to the next exchange.
 * @param sockets the client that `resume` has made
 */
export function resumeExchange(sockets: Client): Exchange {
  return subscriptionExchange({
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: (sink) => ({
        unsubscribe: sockets.subscribe(
          { query, variables: variables as Record<string, unknown> },
          { ...sink, next: (result) => sink.next(result as ExecutionResult) },
        ),
      }),
    }),
  })
}

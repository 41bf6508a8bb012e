import { ApolloLink } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { OperationTypeNode } from 'graphql'
import type { Client } from 'graphql-ws'

/**
 * Sends subscriptions over the socket, and passes everything else to the next link.
 * @param sockets the client that `resume` has made
 */
export function resumeLink(sockets: Client): ApolloLink {
  return ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(sockets),
  )
}

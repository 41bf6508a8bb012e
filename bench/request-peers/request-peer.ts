/**
 * A GraphQL server that one would build instead of the gateway. Listens at any free port: GraphQL at `/graphql`, and `/metrics`.
 * @returns the port
 */
export type RequestPeer = (databaseUrl: string) => Promise<number>

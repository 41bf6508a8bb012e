/** A GraphQL server that one would build instead of the gateway. */
export interface RequestPeer {
  /** Makes its tables, with the same bot agents that the gateway has. */
  fill(databaseUrl: string, perLicense: number): Promise<void>
  /** Listens at any free port: GraphQL at `/graphql`, and `/metrics`. @returns the port */
  listen(databaseUrl: string): Promise<number>
}

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface TokenEndpoint {
  url: string
  /** Seconds for which the tokens are valid that it issues from now on. */
  validFor: number
  /** The tokens that it has issued, by the path that they were asked for at. */
  issued: Map<string, string[]>
  /** Resolves when this many tokens were issued at the path. */
  until(path: string, tokens: number): Promise<void>
  stop(): Promise<void>
}

/** A provider's token endpoint that answers as the gateway's own does, with tokens that are valid for as long as a test wants. */
export async function startTokenEndpoint(
  sign: (expiresIn: number) => Promise<string>,
  validFor: number,
): Promise<TokenEndpoint> {
  const issued = new Map<string, string[]>()
  const server = createServer(async ({ url = '' }, response) => {
    const access_token = await sign(endpoint.validFor)
    issued.set(url, [...(issued.get(url) ?? []), access_token])
    server.emit('issued')
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ access_token, token_type: 'Bearer', expires_in: endpoint.validFor }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint: TokenEndpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    validFor,
    issued,
    async until(path, tokens) {
      while ((issued.get(path)?.length ?? 0) < tokens) await once(server, 'issued')
    },
    async stop() {
      server.closeAllConnections()
      server.close()
    },
  }
  return endpoint
}

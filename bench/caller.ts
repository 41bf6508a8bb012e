import { Agent } from 'undici'

/** Sends GraphQL operations over HTTP, on connections that are kept alive. */
export interface Caller {
  /** @returns the data @throws if the answer has errors, or does not come */
  call<Data = Record<string, unknown>>(authorization: string, query: string, variables: object): Promise<Data>
  close(): Promise<void>
}

const LONGEST_ANSWER_MS = 15_000

export function openCaller({ url }: { url: string }, connections = 32): Caller {
  const agent = new Agent({ connections, headersTimeout: LONGEST_ANSWER_MS, bodyTimeout: LONGEST_ANSWER_MS })
  const { origin, pathname: path } = new URL(url)
  return {
    async call<Data>(authorization: string, query: string, variables: object) {
      const headers = { authorization, 'content-type': 'application/json' }
      const sent = JSON.stringify({ query, variables })
      const { body } = await agent.request({ origin, path, method: 'POST', headers, body: sent })
      const { data, errors } = (await body.json()) as { data?: Data; errors?: object[] }
      if (errors || !data) throw new Error(`The gateway answered ${JSON.stringify(errors)}`)
      return data
    },
    close: () => agent.destroy(),
  }
}

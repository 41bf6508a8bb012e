import { setTimeout as delay } from 'node:timers/promises'
import { Agent } from 'undici'

/** Sends GraphQL operations over HTTP, on connections that are kept alive. */
export interface Caller {
  /** If the gateway is overloaded, it is asked again when it says so. @returns the data @throws if there are errors, or no answer */
  call<Data = Record<string, unknown>>(authorization: string, query: string, variables: object): Promise<Data>
  close(): Promise<void>
}

const LONGEST_ANSWER_MS = 30_000
const MOST_ATTEMPTS = 10

interface Answer<Data> {
  readonly data?: Data | null
  readonly errors?: readonly { readonly extensions?: { readonly retryAfter?: number } }[]
}

export function openCaller({ url }: { url: string }, connections = 32): Caller {
  const agent = new Agent({ connections, headersTimeout: LONGEST_ANSWER_MS, bodyTimeout: LONGEST_ANSWER_MS })
  const { origin, pathname: path } = new URL(url)
  return {
    async call<Data>(authorization: string, query: string, variables: object) {
      const headers = { authorization, 'content-type': 'application/json' }
      const sent = JSON.stringify({ query, variables })
      for (let attempt = 1; ; attempt += 1) {
        const { body } = await agent.request({ origin, path, method: 'POST', headers, body: sent })
        const { data, errors } = (await body.json()) as Answer<Data>
        if (data && !errors) return data
        const seconds = errors?.[0]?.extensions?.retryAfter
        if (seconds === undefined || attempt === MOST_ATTEMPTS) {
          throw new Error(`The gateway answered ${JSON.stringify(errors)}`)
        }
        await delay(seconds * 1_000)
      }
    },
    close: () => agent.destroy(),
  }
}

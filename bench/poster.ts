import { Agent } from 'undici'

/** Posts a body and reads the answer to its end, over connections that are kept. */
export interface Poster {
  post(body: string): Promise<void>
  close(): Promise<void>
}

export function openPoster(url: string): Poster {
  const { origin, pathname } = new URL(url)
  const agent = new Agent({ connections: 256 })
  const headers = { 'content-type': 'application/json' }
  return {
    async post(body) {
      const { body: answer } = await agent.request({ origin, path: pathname, method: 'POST', headers, body })
      await answer.dump()
    },
    close: () => agent.close(),
  }
}

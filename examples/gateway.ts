/** Where the gateway is. With a provider of your own, its token endpoint is somewhere else, and it wants a secret. */
const { GATEWAY_URL = 'http://127.0.0.1:4000/graphql', CLIENT_ID = 'my-bots', LICENSE = '1' } = process.env
export const url = GATEWAY_URL
export const socketUrl = url.replace(/^http/, 'ws')
const tokenUrl = process.env.TOKEN_URL ?? new URL('/oauth/token', url).href

let token = ''
let renewAt = 0

/** An access token that is valid for a while: a new one after four fifths of the time of the last one. */
export async function accessToken(): Promise<string> {
  if (Date.now() < renewAt) return token
  const response = await fetch(tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: CLIENT_ID, license: LICENSE }),
  })
  if (!response.ok) throw new Error(`No access token from ${tokenUrl}: ${await response.text()}`)
  const { access_token, expires_in } = (await response.json()) as { access_token: string; expires_in: number }
  renewAt = Date.now() + expires_in * 800
  token = access_token
  return token
}

/** For the programs to say when they are cut off. */
export function onInterrupted(reason: string, delay: number): void {
  console.error(`${reason}. Trying again in ${(delay / 1_000).toFixed(1)} s.`)
}

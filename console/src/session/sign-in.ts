import { isOfProxy, unreachable } from '../gateway/gateway-error.ts'

/** The gateway's answer to the first request of the page: how it gets its token, and what else is served. */
export interface SignIn {
  /** With the built-in SSO, which is for development. */
  readonly token?: string
  /** Where to sign in otherwise. */
  readonly provider?: Provider
  readonly graphiql: boolean
  readonly introspection: boolean
}

export interface Provider {
  readonly issuer: string
  readonly clientId: string
  readonly scope: string
  readonly audience: string
}

/** The page can't be used here, and the gateway says why. */
export class SignInRefused extends Error {
  override name = 'SignInRefused'
}

/** @throws SignInRefused, or TypeError or GatewayError if the gateway can't be reached */
export async function askForSignIn(): Promise<SignIn> {
  const response = await fetch('/console/sign-in', { method: 'POST' })
  if (isOfProxy(response.status)) throw unreachable(response.status)
  const body = (await response.json()) as SignIn & { error?: string }
  if (!response.ok) throw new SignInRefused(body.error ?? `The gateway answered with status ${response.status}.`)
  return body
}

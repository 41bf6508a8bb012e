import type { IncomingMessage, ServerResponse } from 'node:http'
import { HttpError } from '../../contract/http-error.ts'
import type { AddressOf } from '../request/address.ts'
import { sendJson } from '../request/json.ts'
import { whyForeignPage, whyNotLocal } from '../request/local-caller.ts'

/** Where the console signs people in with an OpenID provider. */
export interface ConsoleProvider {
  readonly issuer: string
  /** The console’s own client there, which has no secret. */
  readonly clientId: string
  /** Separated by spaces. */
  readonly scope: string
  /** What the tokens have to be for. */
  readonly audience: string
}

/** The response to the first request of the console: how it gets its token, and what else is served here. */
type SignIn = ({ readonly token: string } | { readonly provider: ConsoleProvider }) & Surroundings

export interface Surroundings {
  /** Whether GraphiQL is served. */
  readonly graphiql: boolean
  /** Whether the schema is served as text. */
  readonly introspection: boolean
}

/** With the built-in SSO the console opens signed in, under the conditions of GraphiQL; otherwise it learns where to sign in. */
export function createSignIn(options: {
  addressOf: AddressOf
  /** A token of the built-in SSO. */
  token: (() => Promise<string>) | undefined
  provider: ConsoleProvider | undefined
  surroundings: Surroundings
}): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { addressOf, token, provider, surroundings } = options
  const signIn = async (request: IncomingMessage): Promise<SignIn> => {
    if (provider) return { provider, ...surroundings }
    const reason = whyNotLocal(request, addressOf) ?? whyForeignPage(request)
    if (!token || reason) {
      throw new HttpError(403, `The console signs in by itself only on the machine of the gateway, and ${reason}.`)
    }
    return { token: await token(), ...surroundings }
  }
  return async (request, response) => {
    // A form or a link of another page must not get here, and only requests with a method like this one name their origin.
    if (request.method !== 'POST') {
      throw new HttpError(405, `Use POST here, not ${request.method}.`, { headers: { allow: 'POST' } })
    }
    sendJson(response, 200, await signIn(request))
  }
}

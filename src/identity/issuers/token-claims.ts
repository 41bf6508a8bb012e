import { z } from 'zod'
import { isStorable } from '../../contract/validation.ts'
import { type Caller, Unauthenticated } from '../unauthenticated.ts'
import type { TokenClaims } from './issuer.ts'

/** The names that an issuer gives to the claims that the gateway needs. */
export interface ClaimNames {
  /** The license: a whole number, as a JSON number or a string of digits. */
  readonly license: string
  /** The application. */
  readonly client: string
  /** The scopes: separated by spaces, or a list. */
  readonly scope: string
}

/** RFC 9068, section 2.2, and the license. */
export const standardClaims: ClaimNames = { license: 'license_id', client: 'client_id', scope: 'scope' }

export const license = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.int32().nonnegative())

export const client = z.string().min(1).max(255).refine(isStorable)

const scopes = z.union([z.string().transform((text) => text.split(' ').filter(Boolean)), z.array(z.string())])

/** @returns `undefined` if they are missing or not valid */
export const readScopes = (value: unknown): readonly string[] | undefined => scopes.safeParse(value).data

/** @returns the caller that the claims name, even if other claims are not valid */
export function readCaller(payload: Record<string, unknown>, names: ClaimNames): Caller | undefined {
  return caller.safeParse({ licenseId: payload[names.license], clientId: payload[names.client] }).data
}

const caller = z.object({ licenseId: license, clientId: client })

/** Seconds since the epoch, up to the latest time that a Date can represent. */
const time = z
  .number()
  .min(0)
  .max(8_640_000_000_000)
  .transform((seconds) => new Date(seconds * 1_000))

const text = z.string().min(1)

const rules = z.object({
  iss: text,
  identity: text,
  sub: text.optional(),
  sid: text.optional(),
  iat: time.optional(),
  exp: time,
  license,
  client,
  scope: scopes.default([]),
})

/**
 * @param payload the claims of a JWT, or the response of an introspection
 * @param identity of an opaque token; the identity of a JWT is its `jti`
 * @throws Unauthenticated with a message that names the claims that are missing or not valid
 */
export function readClaims(payload: Record<string, unknown>, names: ClaimNames, identity?: string): TokenClaims {
  const { success, data, error } = rules.safeParse({
    ...payload,
    identity: identity ?? payload.jti,
    license: payload[names.license],
    client: payload[names.client],
    scope: payload[names.scope],
  })
  if (!success) {
    const known: Record<string, string> = { ...names, identity: 'jti' }
    const wrong = error.issues.map(({ path: [name] }) => known[String(name)] ?? String(name))
    const claims = [...new Set(wrong)].map((name) => `\`${name}\``).join(', ')
    const message = `The access token has no valid ${claims} claim.`
    throw new Unauthenticated('malformed', message, readCaller(payload, names))
  }
  return {
    issuer: data.iss,
    identity: data.identity,
    subject: data.sub,
    session: data.sid,
    licenseId: data.license,
    clientId: data.client,
    scopes: data.scope,
    issuedAt: data.iat,
    expiresAt: data.exp,
  }
}

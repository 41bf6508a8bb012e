import type { Viewer } from './viewer.ts'

/** Who acts, for the audit trail: the viewer and its address. */
export interface Actor extends Viewer {
  /** IP address. */
  readonly address: string
}

/** Who acted, as far as is known: when an issuer reports a revocation, there is no caller. */
export type By = { readonly [Name in 'clientId' | 'accessTokenHash' | 'address']: Actor[Name] | null }

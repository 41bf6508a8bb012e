import type { Viewer } from './viewer.ts'

/** Who does something, for the record: the viewer, and from where. */
export interface Actor extends Viewer {
  /** IP address. */
  readonly address: string
}

/** Who did something, as far as one knows: nobody has called when an issuer tells of a revocation. */
export type By = { readonly [Name in 'clientId' | 'accessTokenHash' | 'address']: Actor[Name] | null }

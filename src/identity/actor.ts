import type { Viewer } from './viewer.ts'

/** Who does something, for the record: the viewer, and from where. */
export interface Actor extends Viewer {
  /** IP address. */
  readonly address: string
}

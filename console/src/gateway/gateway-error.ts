/** What a reader can do about it decides how it is shown. */
export type Trouble = 'refused' | 'unauthenticated' | 'offline' | 'limited' | 'failed'

/** The gateway did not do what it was asked, or could not be asked. */
export class GatewayError extends Error {
  override name = 'GatewayError'
  readonly trouble: Trouble
  /** Such as `FORBIDDEN`: docs/errors.md of the gateway. */
  readonly code: string | undefined

  constructor(trouble: Trouble, message: string, code?: string) {
    super(message)
    this.trouble = trouble
    this.code = code
  }

  /** The scope that the access token lacks, if that is what is wrong. */
  get missingScope(): string | undefined {
    return this.trouble === 'refused' ? /[\w-]+--(?:my|all):r[ow]/.exec(this.message)?.[0] : undefined
  }
}

/** A proxy answers with these when the gateway is away. The gateway itself says why in the form of its API. */
export function isOfProxy(status: number): boolean {
  return status >= 502 && status <= 504
}

export function unreachable(status?: number): GatewayError {
  return new GatewayError('offline', `The gateway can’t be reached${status ? `: status ${status}` : ''}.`)
}

const troubles: Readonly<Record<string, Trouble>> = {
  FORBIDDEN: 'refused',
  UNAUTHENTICATED: 'unauthenticated',
  RATE_LIMITED: 'limited',
  OVERLOADED: 'limited',
  SHUTTING_DOWN: 'offline',
}

export function errorOf(message: string, code: string | undefined): GatewayError {
  return new GatewayError((code && troubles[code]) || 'failed', message, code)
}

import type { Gateway } from '../gateway/gateway.ts'
import { GatewayError } from '../gateway/gateway-error.ts'
import type { SignIn } from './sign-in.ts'
import { CurrentViewer, type CurrentViewerQuery } from './viewer.operations.ts'

export interface OpenSession {
  readonly state: 'open'
  readonly gateway: Gateway
  /** Whose access token it is, and what it allows. */
  readonly viewer: CurrentViewerQuery['viewer']
  readonly served: Pick<SignIn, 'graphiql' | 'introspection'>
  /** The session has ended: why, and how to begin another. What is on the screen stays until then. */
  readonly ended?: { readonly reason: string; readonly signIn: () => void } | undefined
  /** Absent with the built-in SSO, which would sign in again at once. */
  readonly signOut?: (() => void) | undefined
}

/** Milliseconds after which a gateway that could not answer is asked again. */
const AGAIN = 3_000

/** An open session, which is shown each time that something about it changes. */
export class KeptSession {
  readonly #gateway: Gateway
  readonly #show: (session: OpenSession) => void
  #session: OpenSession | undefined
  /** Of the reads of the viewer: only the last one counts. */
  #turn = 0

  constructor(gateway: Gateway, show: (session: OpenSession) => void) {
    this.#gateway = gateway
    this.#show = show
  }

  /** @throws GatewayError */
  async open(rest: Pick<OpenSession, 'served' | 'signOut'>): Promise<void> {
    const { viewer } = await this.#gateway.run(CurrentViewer, {})
    this.#session = { state: 'open', gateway: this.#gateway, viewer, ...rest }
    this.#show(this.#session)
  }

  change(changes: Partial<OpenSession>): void {
    if (!this.#session) return
    this.#session = { ...this.#session, ...changes }
    this.#show(this.#session)
  }

  /** The access token is another one, and may allow less than the last one, or more. */
  async renewed(): Promise<void> {
    this.#turn += 1
    const turn = this.#turn
    try {
      const { viewer } = await this.#gateway.run(CurrentViewer, {})
      if (turn === this.#turn) this.change({ viewer })
    } catch (error) {
      const isAway = error instanceof GatewayError && (error.trouble === 'offline' || error.trouble === 'limited')
      if (isAway && this.#session && turn === this.#turn) setTimeout(() => this.renewed(), AGAIN)
    }
  }

  close(): void {
    this.#session = undefined
    this.#gateway.close()
  }
}

import { createGateway } from '../gateway/gateway.ts'
import { GatewayError } from '../gateway/gateway-error.ts'
import { DevelopmentTokens } from './development-tokens.ts'
import { CALLBACK, HOME, OpenId, SignInFailed } from './open-id.ts'
import { OpenIdTokens } from './open-id-tokens.ts'
import { KeptSession, type OpenSession } from './open-session.ts'
import { renewWhileAway } from './renew-while-away.ts'
import { askForSignIn, type SignIn, SignInRefused } from './sign-in.ts'

export type Session =
  | { readonly state: 'opening' }
  | OpenSession
  /** It could not be opened. */
  | { readonly state: 'failed'; readonly reason: string; readonly offline: boolean; readonly signIn?: () => void }

/** Opens the session of this page, and keeps it. @param show is called with each state */
export async function openSession(show: (session: Session) => void): Promise<void> {
  let openId: OpenId | undefined
  try {
    const signIn = await askForSignIn()
    openId = signIn.provider && new OpenId(signIn.provider)
    if (openId) await openWithProvider(openId, signIn, show)
    else if (signIn.token) await openForDevelopment(signIn.token, signIn, show)
  } catch (error) {
    const offline = !(
      error instanceof SignInRefused ||
      error instanceof SignInFailed ||
      (error instanceof GatewayError && error.trouble !== 'offline')
    )
    const reason = error instanceof Error ? error.message : 'The console could not sign in.'
    show({ state: 'failed', reason, offline, ...(openId && { signIn: signInWith(openId, show) }) })
  }
}

async function openForDevelopment(token: string, served: SignIn, show: (session: Session) => void): Promise<void> {
  const kept = new KeptSession(createGateway(new DevelopmentTokens(token, () => kept.renewed())), show)
  await kept.open({ served })
}

async function openWithProvider(openId: OpenId, served: SignIn, show: (session: Session) => void): Promise<void> {
  if (!isSecureContext) throw new SignInFailed('Open the console with https: elsewhere, browsers can’t sign in.')
  if (location.pathname !== CALLBACK) return openId.leave(here())
  const ended = (reason: string) => kept.change({ ended: { reason, signIn: () => leave(openId, ended) } })
  const grant = await openId.arrive(new URL(location.href))
  const tokens = new OpenIdTokens(openId, grant, { renewed: () => kept.renewed(), ended })
  const kept = new KeptSession(createGateway(tokens), show)
  const signOut = () => {
    tokens.forget()
    kept.close()
    show({ state: 'failed', reason: 'You have signed out.', offline: false, signIn: signInWith(openId, show) })
    openId.signOut().catch(() => {})
  }
  await kept.open({ served, signOut })
  renewWhileAway(tokens, () => leave(openId, () => {}, { silently: true }))
}

function signInWith(openId: OpenId, show: (session: Session) => void): () => void {
  const signIn = () => leave(openId, (reason) => show({ state: 'failed', reason, offline: false, signIn }))
  return signIn
}

function leave(openId: OpenId, failed: (reason: string) => void, options?: { silently: boolean }): void {
  openId.leave(here(), options).catch((error: Error) => failed(error.message))
}

/** Where the reader is, to come back to. */
function here(): string {
  return location.pathname === CALLBACK ? HOME : location.pathname + location.search
}

import { createGateway, type Gateway } from '../gateway/gateway.ts'
import { GatewayError } from '../gateway/gateway-error.ts'
import { DevelopmentTokens } from './development-tokens.ts'
import { CALLBACK, HOME, OpenId, SignInFailed } from './open-id.ts'
import { OpenIdTokens } from './open-id-tokens.ts'
import { renewWhileAway } from './renew-while-away.ts'
import { askForSignIn, type SignIn, SignInRefused } from './sign-in.ts'
import { CurrentViewer, type CurrentViewerQuery } from './viewer.operations.ts'

type Viewer = CurrentViewerQuery['viewer']

export type Session =
  | { readonly state: 'opening' }
  | {
      readonly state: 'open'
      readonly gateway: Gateway
      readonly viewer: Viewer
      readonly served: Pick<SignIn, 'graphiql' | 'introspection'>
      /** The session has ended: why, and how to begin another. What is on the screen stays until then. */
      readonly ended?: { readonly reason: string; readonly signIn: () => void } | undefined
      /** Absent with the built-in SSO, which would sign in again at once. */
      readonly signOut?: (() => void) | undefined
    }
  /** It could not be opened. */
  | { readonly state: 'failed'; readonly reason: string; readonly offline: boolean; readonly signIn?: () => void }

export type OpenSession = Extract<Session, { state: 'open' }>

/** Opens the session of this page, and keeps it. @param show is called with each state */
export async function openSession(show: (session: Session) => void): Promise<void> {
  let openId: OpenId | undefined
  try {
    const signIn = await askForSignIn()
    openId = signIn.provider && new OpenId(signIn.provider)
    if (openId) await openWithProvider(openId, signIn, show)
    else if (signIn.token) show(await opened(createGateway(new DevelopmentTokens(signIn.token)), signIn))
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

async function openWithProvider(openId: OpenId, served: SignIn, show: (session: Session) => void): Promise<void> {
  if (!isSecureContext) throw new SignInFailed('Open the console with https: elsewhere, browsers can’t sign in.')
  if (location.pathname !== CALLBACK) return openId.leave(here())
  const grant = await openId.arrive(new URL(location.href))
  let session: OpenSession | undefined
  const end = (reason: string) => session && show({ ...session, ended: { reason, signIn: () => leave(openId, end) } })
  const tokens = new OpenIdTokens(openId, grant, end)
  const gateway = createGateway(tokens)
  const signOut = () => {
    tokens.forget()
    gateway.close()
    show({ state: 'failed', reason: 'You have signed out.', offline: false, signIn: signInWith(openId, show) })
    openId.signOut().catch(() => {})
  }
  session = { ...(await opened(gateway, served)), signOut }
  show(session)
  renewWhileAway(tokens, () => leave(openId, () => {}, { silently: true }))
}

function signInWith(openId: OpenId, show: (session: Session) => void): () => void {
  const signIn = () => leave(openId, (reason) => show({ state: 'failed', reason, offline: false, signIn }))
  return signIn
}

function leave(openId: OpenId, failed: (reason: string) => void, options?: { silently: boolean }): void {
  openId.leave(here(), options).catch((error: Error) => failed(error.message))
}

async function opened(gateway: Gateway, served: SignIn): Promise<OpenSession> {
  const { viewer } = await gateway.run(CurrentViewer, {})
  return { state: 'open', gateway, viewer, served }
}

/** Where the reader is, to come back to. */
function here(): string {
  return location.pathname === CALLBACK ? HOME : location.pathname + location.search
}

import { createGateway, type Gateway } from '../gateway/gateway.ts'
import { GatewayError } from '../gateway/gateway-error.ts'
import { DevelopmentTokens } from './development-tokens.ts'
import { CALLBACK, OpenId, SignInFailed } from './open-id.ts'
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
    }
  /** It could not be opened. */
  | { readonly state: 'failed'; readonly reason: string; readonly offline: boolean; readonly signIn?: () => void }

/** Opens the session of this page, and keeps it. @param show is called with each state */
export async function openSession(show: (session: Session) => void): Promise<void> {
  let openId: OpenId | undefined
  try {
    const signIn = await askForSignIn()
    openId = signIn.provider && new OpenId(signIn.provider)
    if (openId) await openWithProvider(openId, signIn, show)
    else if (signIn.token) await open(createGateway(new DevelopmentTokens(signIn.token)), signIn, show)
  } catch (error) {
    const offline = !(
      error instanceof SignInRefused ||
      error instanceof SignInFailed ||
      (error instanceof GatewayError && error.trouble !== 'offline')
    )
    const reason = error instanceof Error ? error.message : 'The console could not sign in.'
    const provider = openId
    show({ state: 'failed', reason, offline, ...(provider && { signIn: () => void provider.leave(here()) }) })
  }
}

async function openWithProvider(openId: OpenId, signIn: SignIn, show: (session: Session) => void): Promise<void> {
  if (location.pathname !== CALLBACK) return openId.leave(here())
  const { grant } = await openId.arrive(new URL(location.href))
  let last: Session | undefined
  const showAndKeep = (session: Session) => {
    last = session
    show(session)
  }
  const tokens = new OpenIdTokens(openId, grant, (reason) => {
    if (last?.state === 'open') showAndKeep({ ...last, ended: { reason, signIn: () => void openId.leave(here()) } })
  })
  await open(createGateway(tokens), signIn, showAndKeep)
  renewWhileAway(tokens, () => void openId.leave(here(), { silently: true }))
}

async function open(gateway: Gateway, served: SignIn, show: (session: Session) => void): Promise<void> {
  const { viewer } = await gateway.run(CurrentViewer, {})
  show({ state: 'open', gateway, viewer, served })
}

/** Where the reader is, to come back to. */
function here(): string {
  return location.pathname === CALLBACK ? '/console' : location.pathname + location.search
}

import type { OpenIdTokens } from './open-id-tokens.ts'

/** Milliseconds before the end of a token in which a page that nobody looks at asks for the next one. */
const BEFORE = 90_000

/**
 * Without a refresh token, only a visit to the provider brings the next token. Nobody notices it while the page is in the background; whoever works
 * with the page is asked instead, when the session has ended.
 */
export function renewWhileAway(tokens: OpenIdTokens, visit: () => void): void {
  const look = () => {
    const { endsAt } = tokens
    if (endsAt === undefined || !document.hidden || document.querySelector('[role=dialog]')) return
    if (endsAt - BEFORE < Date.now() && !losesSomething()) visit()
  }
  setInterval(look, 15_000)
}

/** Whether the browser would ask before the page is left, because something is not saved. */
function losesSomething(): boolean {
  return !dispatchEvent(new Event('beforeunload', { cancelable: true }))
}

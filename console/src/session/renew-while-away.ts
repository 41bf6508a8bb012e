import { hasUnsaved } from '../route/unsaved.ts'
import type { OpenIdTokens } from './open-id-tokens.ts'

/** Milliseconds before the end of a token in which a page that nobody looks at asks for the next one. */
const BEFORE = 90_000

/**
 * Without a refresh token, only a visit to the provider brings the next token. Nobody notices it while the page is in the background, unless it would
 * lose what is not saved; people who work with the page are asked instead, when the session has ended.
 */
export function renewWhileAway(tokens: OpenIdTokens, visit: () => void): void {
  const look = () => {
    const { endsAt } = tokens
    if (endsAt === undefined || !document.hidden || hasUnsaved() || document.querySelector('[role=dialog]')) return
    if (endsAt - BEFORE < Date.now()) visit()
  }
  setInterval(look, 15_000)
}

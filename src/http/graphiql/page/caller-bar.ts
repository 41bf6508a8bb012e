import { adviceOn } from './endings.ts'
import { send } from './request.ts'
import type { RequestHeaders } from './request-headers.ts'

/** Milliseconds without typing after which a new token is looked at. */
const TYPING = 500
/** Milliseconds before its end at which the page's own token is renewed. */
const EARLY = 60_000
/** The longest time that a timer takes. */
const LONGEST_TIMER = 2 ** 31 - 1

interface Viewer {
  clientId: string
  licenseId: number
  scopes: readonly string[]
  expiresAt: string | null
}

/** The line at the bottom: whose token is used, and what to do if it is not valid. */
export function showCaller(bar: HTMLElement, headers: RequestHeaders): void {
  const text = document.createElement('span')
  const back = document.createElement('button')
  back.textContent = 'Use the token of this page'
  back.onclick = () => headers.restore()
  bar.append(text, back)

  let look: ReturnType<typeof setTimeout> | undefined
  const lookIn = (milliseconds: number) => {
    clearTimeout(look)
    look = setTimeout(show, Math.min(milliseconds, LONGEST_TIMER))
  }
  headers.onChange(() => lookIn(TYPING))
  show()

  async function show(): Promise<void> {
    const used = headers.text
    back.hidden = headers.isOwn || !headers.hasOwn
    try {
      const { data, errors = [] } = await send({ query: '{ viewer { clientId licenseId scopes expiresAt } }' }, headers)
      if (used !== headers.text) return lookIn(0)
      bar.classList.toggle('refused', !data)
      if (!data) {
        text.textContent = `${errors[0]?.message ?? 'No answer.'} ${adviceOn(errors, headers).advice}`
        return
      }
      const viewer = data.viewer as Viewer
      text.textContent = described(viewer, headers)
      text.title = viewer.scopes.join('\n')
      if (viewer.expiresAt) lookAtEnd(Date.parse(viewer.expiresAt) - Date.now())
    } catch {
      bar.classList.add('refused')
      text.textContent = 'The gateway does not answer. This page goes on when it is back.'
      lookIn(2_000)
    }
  }

  /** @param left milliseconds until the token ends */
  function lookAtEnd(left: number): void {
    lookIn(left + 1_000)
    if (!headers.isOwn) return
    clearTimeout(look)
    const renew = () => headers.renew().catch(() => lookIn(2_000))
    look = setTimeout(renew, Math.min(Math.max(left - EARLY, 1_000), LONGEST_TIMER))
  }
}

function described({ clientId, licenseId, scopes, expiresAt }: Viewer, headers: RequestHeaders): string {
  const until = expiresAt
    ? `until ${new Date(expiresAt).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })}`
    : 'without end'
  const whose = headers.isOwn ? 'token of this page, renewed by itself' : 'your token, from Headers'
  return `${clientId} · license ${licenseId} · ${scopes.length} scopes · ${until} · ${whose}`
}

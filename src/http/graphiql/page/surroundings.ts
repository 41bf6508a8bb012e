import type { Editors } from './editors.ts'

const welcome = `<h1>Run the tabs from left to right</h1>
<p>Press ▶ or Ctrl-Enter. The answer appears here.</p>
<p>Ids go from one tab to the next by themselves. A subscription goes on while you look at other tabs, and resumes when the gateway has been away.</p>
<p>The line at the bottom says whose access token is used. To use another, put it into Headers.</p>`

/** Says a word in the half of the answers while there is none. */
export function showWelcome(editors: Editors): void {
  const response = document.querySelector('.graphiql-response')
  const note = document.createElement('div')
  note.className = 'welcome'
  note.innerHTML = welcome
  response?.append(note)
  editors.onChange('response', (text) => {
    note.hidden = text !== ''
  })
}

/** Shows the variables in the lower panel. */
export function openVariables(): void {
  const button = document.querySelector<HTMLElement>('.graphiql-editor-tools [data-name=variables]')
  if (!button?.classList.contains('active')) button?.click()
}

/** Marks tabs in which a subscription runs. @param counts of events, by tab from left to right; undefined: none runs */
export function markTabs(counts: readonly (number | undefined)[]): void {
  for (const [index, count] of counts.entries()) {
    const button = document.getElementById(`graphiql-session-tab-${index}`)
    if (count === undefined) button?.removeAttribute('data-events')
    else button?.setAttribute('data-events', String(count))
  }
}

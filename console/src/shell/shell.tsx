import { type ReactNode, useEffect, useRef } from 'react'
import { Announcer } from '../design/announcer.tsx'
import { Icon, type IconName } from '../design/icon.tsx'
import { Link } from '../route/link.tsx'
import { type Page, pathOf } from '../route/route.ts'
import { usePage } from '../route/use-route.ts'
import { Caller } from './caller.tsx'
import { ConnectionLight } from './connection-light.tsx'
import { LeaveDialog } from './leave-dialog.tsx'
import { MoreMenu } from './more-menu.tsx'
import { SessionEnded } from './session-ended.tsx'
import styles from './shell.module.css'

const places: readonly { screen: 'board' | 'deliveries' | 'trouble' | 'try'; label: string; icon: IconName }[] = [
  { screen: 'board', label: 'Bots', icon: 'bots' },
  { screen: 'deliveries', label: 'Deliveries', icon: 'deliveries' },
  { screen: 'trouble', label: 'Trouble', icon: 'trouble' },
  { screen: 'try', label: 'Try it', icon: 'try' },
]

/** What is around every screen. */
export function Shell({ children }: { children: ReactNode }) {
  const page = usePage()
  const main = useRef<HTMLElement>(null)
  const first = useRef(true)
  const place = placeOf(page)

  // Who does not see the page has to be told that it is another one.
  useEffect(() => {
    if (!first.current && place) main.current?.focus({ preventScroll: true })
    first.current = false
  }, [place])

  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        Skip to the content
      </a>
      <header className={styles.header}>
        <Link className={styles.brand} to={pathOf({ screen: 'board' })} aria-label="Bot agents">
          <Icon name="bots" size={24} />
          <span className={styles.brandName}>Bot agents</span>
        </Link>
        <ConnectionLight />
        <Caller />
        <MoreMenu />
      </header>
      <nav className={styles.nav} aria-label="Screens">
        <ul>
          {places.map(({ screen, label, icon }) => (
            <li key={screen}>
              <Link to={pathOf({ screen })} aria-current={screen === place ? 'page' : undefined}>
                <Icon name={icon} size={20} />
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <main id="main" ref={main} className={styles.main} tabIndex={-1}>
        <div className={styles.content}>{children}</div>
      </main>
      <SessionEnded />
      <LeaveDialog />
      <Announcer />
    </div>
  )
}

/** Where in the navigation a page belongs. */
function placeOf({ screen }: Page) {
  if (screen === 'bot-agent' || screen === 'new-bot-agent') return 'board'
  return screen === 'unknown' ? undefined : screen
}

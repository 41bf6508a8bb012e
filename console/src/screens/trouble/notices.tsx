import { Badge, type Tone } from '../../design/badge.tsx'
import { Sentence } from '../../design/sentence.tsx'
import { Time } from '../../design/time.tsx'
import { Link } from '../../route/link.tsx'
import { pathOf } from '../../route/route.ts'
import styles from './trouble.module.css'
import type { WebhooksStateChangeKind } from './trouble.operations.ts'
import type { Notice } from './use-trouble.ts'

const kinds: Readonly<Record<WebhooksStateChangeKind, { label: string; tone: Tone }>> = {
  PAUSED: { label: 'Paused', tone: 'waiting' },
  DISABLED: { label: 'Disabled', tone: 'trouble' },
  ENABLED: { label: 'Enabled', tone: 'ok' },
  RECOVERED: { label: 'Recovered', tone: 'ok' },
  GAVE_UP: { label: 'Failed', tone: 'trouble' },
}

/** What has happened since the screen was opened, the last first. */
export function Notices({ notices }: { notices: readonly Notice[] }) {
  return (
    <section aria-labelledby="notices" className={styles.section}>
      <h2 id="notices">Latest notices</h2>
      {notices.length === 0 && (
        <p className={styles.hint}>Webhooks that are paused, disabled, enabled or failed appear here as it happens.</p>
      )}
      <ol className={styles.notices} aria-live="polite">
        {notices.map(({ cursor, kind, botAgentId, botAgent, cause, occurredAt }) => (
          <li key={cursor} className={styles.notice}>
            <div className={styles.noticeHead}>
              <Badge tone={kinds[kind].tone}>{kinds[kind].label}</Badge>
              {botAgent ? <Link to={pathOf({ screen: 'bot-agent', id: botAgentId })}>{botAgent.name}</Link> : 'A bot'}
              <span className={styles.hint}>
                <Time at={occurredAt} ago />
              </span>
            </div>
            <p>
              <Sentence text={cause} />
            </p>
          </li>
        ))}
      </ol>
    </section>
  )
}

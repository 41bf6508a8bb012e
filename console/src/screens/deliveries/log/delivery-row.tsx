import { memo } from 'react'
import { Badge } from '../../../design/badge.tsx'
import { classNames } from '../../../design/class-names.ts'
import { Time, useNow } from '../../../design/time.tsx'
import { Link } from '../../../route/link.tsx'
import { pathOf, SHOWN } from '../../../route/route.ts'
import { actions } from '../../../words/action-words.ts'
import { attemptErrors, deliveryStates, durationWords } from '../../../words/delivery-words.ts'
import styles from './delivery-list.module.css'
import type { Delivery } from './delivery-log.ts'

/** Milliseconds for which a delivery counts as new. */
const NEW = 2_500

/** One line of the log. All of it is a link to the delivery. */
export const DeliveryRow = memo(function DeliveryRow({
  delivery,
  index,
  top,
  isLast,
  isActive,
  isShown,
  passes,
  onFocus,
}: {
  delivery: Delivery
  index: number
  top: number
  isLast: boolean
  isActive: boolean
  isShown: boolean
  passes: boolean
  onFocus: (id: string) => void
}) {
  const { id, action, state, botAgent, chatId, createdAt, ping } = delivery
  const { label, tone } = deliveryStates[state]
  const isNew = Date.now() - Date.parse(createdAt) < NEW
  return (
    <tr
      aria-rowindex={index}
      className={classNames(
        styles.row,
        isLast && styles.last,
        isNew && styles.new,
        isShown && styles.shown,
        !passes && styles.left,
      )}
      style={{ top }}
    >
      <td className={styles.created}>
        <Time at={createdAt} />
      </td>
      <td className={styles.state}>
        <Badge tone={tone} dot>
          {label}
        </Badge>
        {!passes && <span className="visually-hidden">It no longer passes the filters.</span>}
      </td>
      <td className={styles.action}>
        <Link
          id={id}
          className={styles.link}
          to={pathWith(id)}
          tabIndex={isActive ? 0 : -1}
          onFocus={() => onFocus(id)}
        >
          {actions[action]}
        </Link>
        {ping && (
          <span className={styles.mark} title="A ping or an example">
            test
          </span>
        )}
      </td>
      <td className={styles.bot}>{botAgent ? botAgent.name : <span className={styles.muted}>removed</span>}</td>
      <td className={styles.chat}>{chatId}</td>
      <td className={styles.result}>
        <Result delivery={delivery} />
      </td>
    </tr>
  )
})

function pathWith(id: string): string {
  const search = new URLSearchParams(location.search)
  search.set(SHOWN, id)
  return `${pathOf({ screen: 'deliveries' })}?${search}`
}

/** What came of the last attempt, and when the next one is due. */
function Result({ delivery: { state, attempts, attemptCount, nextAttemptAt } }: { delivery: Delivery }) {
  const last = attempts.at(-1)
  return (
    <>
      {last && (
        <>
          <span className={last.error ? styles.failed : styles.succeeded}>
            {last.statusCode ?? (last.error && attemptErrors[last.error])}
          </span>
          <span className={styles.muted}>{durationWords(last.durationMs)}</span>
        </>
      )}
      {attemptCount > 1 && <span className={classNames(styles.muted, styles.number)}>{attemptCount} attempts</span>}
      {!last && !nextAttemptAt && state !== 'PENDING' && <span className={styles.muted}>Not sent</span>}
      {nextAttemptAt && <NextAttempt at={nextAttemptAt} />}
    </>
  )
}

function NextAttempt({ at }: { at: string }) {
  const seconds = Math.ceil((Date.parse(at) - useNow(true)) / 1_000)
  // Perhaps for its turn, perhaps because the webhooks are paused.
  if (seconds <= 0) return <span className={styles.next}>waiting</span>
  return <span className={styles.next}>next in {seconds < 100 ? `${seconds} s` : durationWords(seconds * 1_000)}</span>
}

import { Badge } from '../../design/badge.tsx'
import { classNames } from '../../design/class-names.ts'
import { Sparkline } from '../../design/sparkline.tsx'
import { Time } from '../../design/time.tsx'
import { Link } from '../../route/link.tsx'
import { pathOf } from '../../route/route.ts'
import {
  type Priority,
  priorities,
  statusChangeReasons,
  statuses,
  webhooksStates,
} from '../../words/bot-agent-words.ts'
import styles from './board-table.module.css'
import type { BoardBot } from './board-view.ts'
import type { StatusChange } from './use-board.ts'
import type { Hours } from './use-hours.ts'

/** A bot on the board. @param props.change its last change of status while the board was open @param props.priority in the group that it stands in */
export function BoardRow({
  index,
  top,
  bot,
  priority,
  change,
  hours,
  showApplication,
}: {
  index: number
  top: number
  bot: BoardBot
  priority: Priority | undefined
  change: StatusChange | undefined
  hours: Hours | undefined
  showApplication: boolean
}) {
  const status = statuses[bot.status]
  return (
    <tr className={styles.row} aria-rowindex={index} style={{ transform: `translateY(${top}px)` }}>
      <td className={styles.name}>
        {change && <span key={change.cursor} className={styles.changed} />}
        <Link to={pathOf({ screen: 'bot-agent', id: bot.id })}>{bot.name}</Link>
        <span className={styles.note}>
          {change ? (
            <span className={styles.reason}>
              {reasonOf(change)} <Time at={change.changedAt} ago />
            </span>
          ) : (
            <>
              {showApplication && `${bot.application.clientId} · `}
              <span className={styles.narrowOnly}>{`up to ${bot.maxChatsCount} chats · `}</span>
              {priority ? `default priority ${priorities[bot.defaultGroupPriority].toLowerCase()}` : bot.id.slice(0, 8)}
            </>
          )}
        </span>
      </td>
      <td>
        <Badge tone={status.tone} dot>
          {status.label}
        </Badge>
      </td>
      <td className={classNames(styles.groups, styles.priority)}>{priority ? priorities[priority] : groupsOf(bot)}</td>
      <td className={styles.limit}>{bot.maxChatsCount}</td>
      <td className={styles.healthCell}>
        <Health bot={bot} hours={hours} />
      </td>
      <td className={classNames(styles.muted, styles.updated)}>
        <Time at={bot.updatedAt} ago />
      </td>
    </tr>
  )
}

function Health({ bot: { name, webhooks }, hours }: { bot: BoardBot; hours: Hours | undefined }) {
  if (!webhooks) return <span className={styles.muted}>No webhooks</span>
  const { label, tone } = webhooksStates[webhooks.state]
  const { failureRate24h: rate } = webhooks.health
  return (
    <div className={styles.health}>
      <span className={styles.spark}>{hours && <Sparkline buckets={hours} label={sentenceOf(name, hours)} />}</span>
      {webhooks.state === 'ACTIVE' ? (
        <span className={styles.muted}>{rate === null ? 'Nothing sent' : `${percent.format(rate / 100)} failed`}</span>
      ) : (
        <Badge tone={tone}>{label}</Badge>
      )}
    </div>
  )
}

const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 })

function sentenceOf(name: string, hours: Hours): string {
  const [good, bad] = [sum(hours.map(({ good }) => good)), sum(hours.map(({ bad }) => bad))]
  return `Webhooks of ${name} in the last 24 hours: ${good} attempts succeeded, ${bad} failed`
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

function groupsOf({ groups, defaultGroupPriority }: BoardBot): string {
  if (groups.length === 0) return `Any, ${priorities[defaultGroupPriority].toLowerCase()}`
  return groups.map(({ id, priority }) => `${id} ${priorities[priority].toLowerCase()}`).join(', ')
}

/** Such as “Offline: its access token was revoked”. */
export function reasonOf({ status, reason }: Pick<StatusChange, 'status' | 'reason'>): string {
  return reason === 'REMOVED' ? 'Removed' : `${statuses[status].label}: ${statusChangeReasons[reason]}`
}

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
  const facts = factsOf(bot, { priority, showApplication }).join(' · ')
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
              <span className={styles.narrowOnly}>
                {`Up to ${bot.maxChatsCount} ${bot.maxChatsCount === 1 ? 'chat' : 'chats'}${facts && ' · '}`}
              </span>
              {facts}
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
  return (
    <div className={styles.health}>
      <span className={styles.spark}>{hours && <Sparkline buckets={hours} label={sentenceOf(name, hours)} />}</span>
      <span className={styles.rate}>
        {webhooks.state === 'ACTIVE' ? (
          hours && (
            <span className={hours.some(({ bad }) => bad > 0) ? styles.failing : styles.muted}>
              {failuresOf(hours)}
            </span>
          )
        ) : (
          <Badge tone={tone}>{label}</Badge>
        )}
      </span>
    </div>
  )
}

function failuresOf(hours: Hours): string {
  const [good, bad] = [sum(hours.map(({ good }) => good)), sum(hours.map(({ bad }) => bad))]
  if (good + bad === 0) return 'Nothing sent'
  return bad === 0 ? `${compact.format(good)} sent` : `${percent.format(bad / (good + bad))} failed`
}

const compact = new Intl.NumberFormat(undefined, { notation: 'compact' })

const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 })

function sentenceOf(name: string, hours: Hours): string {
  const [good, bad] = [sum(hours.map(({ good }) => good)), sum(hours.map(({ bad }) => bad))]
  return `Webhooks of ${name} in the last 24 hours: ${good} attempts succeeded, ${bad} failed`
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

/** What else is worth a word where no column says it. */
function factsOf(
  { groups, application, defaultGroupPriority }: BoardBot,
  { priority, showApplication }: { priority: Priority | undefined; showApplication: boolean },
): string[] {
  return [
    ...(showApplication ? [application.clientId] : []),
    ...(priority && groups.length > 1 ? [`in ${groups.length} groups`] : []),
    ...(groups.length > 0 && defaultGroupPriority !== 'NORMAL'
      ? [`${priorities[defaultGroupPriority].toLowerCase()} in other groups`]
      : []),
  ]
}

function groupsOf({ groups, defaultGroupPriority }: BoardBot): string {
  if (groups.length === 0) return `Any, ${priorities[defaultGroupPriority].toLowerCase()}`
  return groups.map(({ id, priority }) => `${id} ${priorities[priority].toLowerCase()}`).join(', ')
}

/** Such as “Offline: its access token was revoked”. */
export function reasonOf({ status, reason }: Pick<StatusChange, 'status' | 'reason'>): string {
  return reason === 'REMOVED' ? 'Removed' : `${statuses[status].label}: ${statusChangeReasons[reason]}`
}

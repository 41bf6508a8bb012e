import { type ReactNode, useEffect, useEffectEvent } from 'react'
import { Button } from './button.tsx'
import { classNames } from './class-names.ts'
import { Icon, type IconName } from './icon.tsx'
import { Sentence } from './sentence.tsx'
import styles from './states.module.css'

/** What stands in the place of something that is not there. */
function State({
  icon,
  tone,
  title,
  children,
  actions,
  urgent = false,
}: {
  icon: IconName
  tone?: 'ok' | 'trouble' | 'waiting' | undefined
  title: string
  children?: ReactNode
  actions?: ReactNode
  urgent?: boolean
}) {
  return (
    <div className={styles.state} role={urgent ? 'alert' : undefined}>
      <span className={classNames(styles.mark, tone && styles[tone])}>
        <Icon name={icon} size={24} />
      </span>
      <h2>{title}</h2>
      {children && <div className={styles.text}>{children}</div>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  )
}

/** There is nothing yet. @param props.tone where that is good @param props.actions how to get the first */
export function EmptyState({
  icon,
  tone,
  title,
  children,
  actions,
}: {
  icon: IconName
  tone?: 'ok'
  title: string
  children?: ReactNode
  actions?: ReactNode
}) {
  return <State {...{ icon, tone, title, children, actions }} />
}

/** There is something, but the search and the filters let none of it pass. */
export function NoMatchState({ title, onReset }: { title: string; onReset: () => void }) {
  return (
    <State icon="search" title={title} actions={<Button onClick={onReset}>Clear search and filters</Button>}>
      Remove some of the filters to see more.
    </State>
  )
}

/** The access token does not allow it. @param props.scope the one that is missing */
export function RefusedState({ scope, children }: { scope: string | undefined; children?: ReactNode }) {
  return (
    <State icon="lock" tone="waiting" title="Your access token does not allow this">
      {scope ? (
        <>
          It lacks the scope <code>{scope}</code>. Ask whoever manages your sign-in to grant it.
        </>
      ) : (
        children
      )}
    </State>
  )
}

/** Tries again by itself from time to time. */
export function useRetry(onRetry: () => void, isWanted: boolean): void {
  const retry = useEffectEvent(onRetry)
  useEffect(() => {
    if (!isWanted) return
    const timer = setInterval(retry, 3_000)
    return () => clearInterval(timer)
  }, [isWanted])
}

/** It tries again by itself. */
export function OfflineState({ onRetry }: { onRetry: () => void }) {
  useRetry(onRetry, true)
  return (
    <State
      urgent
      icon="offline"
      tone="waiting"
      title="The gateway can’t be reached"
      actions={<Button onClick={onRetry}>Try again</Button>}
    >
      It may be restarting, or there is no network.
    </State>
  )
}

export function ErrorState({ message, onRetry }: { message: string; onRetry?: () => void }) {
  return (
    <State
      urgent
      icon="trouble"
      tone="trouble"
      title="Something went wrong"
      actions={onRetry && <Button onClick={onRetry}>Try again</Button>}
    >
      <Sentence text={message} />
    </State>
  )
}

/** Says that something is loading, to those who can’t see the skeletons inside. */
export function LoadingState({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div role="status" aria-label={label}>
      <div aria-hidden="true">{children}</div>
    </div>
  )
}

/** Has the size of what comes. */
export function Skeleton({ width = '100%', height = '1rem' }: { width?: string; height?: string }) {
  return <span className={styles.skeleton} style={{ width, height }} />
}

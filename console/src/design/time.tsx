import { useSyncExternalStore } from 'react'

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' })
const today = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
const thisYear = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
})
const otherYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' })

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
]

/** How long ago it was, or how soon it will be. */
function timeAgo(date: Date, now: number): string {
  const distance = date.getTime() - now
  const [unit, length] = units.find(([, length]) => Math.abs(distance) >= length) ?? ['second', 1_000]
  return relative.format(Math.trunc(distance / length), unit)
}

export function exactTime(date: Date): string {
  return exact.format(date)
}

/** A moment in the reader’s time zone, with the exact time on hover. @param props.ago how long ago it was, which counts on */
export function Time({ at, ago = false }: { at: string; ago?: boolean }) {
  const date = new Date(at)
  const now = useNow(ago)
  return (
    <time dateTime={at} title={exactTime(date)}>
      {ago ? timeAgo(date, now) : formatFor(date, new Date(now)).format(date)}
    </time>
  )
}

/** As short as it can be told apart. */
function formatFor(date: Date, now: Date): Intl.DateTimeFormat {
  if (date.toDateString() === now.toDateString()) return today
  return date.getFullYear() === now.getFullYear() ? thisYear : otherYear
}

const listeners = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

/** The time, which goes on each second if wanted: one clock for the page. */
export function useNow(running: boolean): number {
  return useSyncExternalStore(running ? subscribe : never, () =>
    running ? second() : Math.floor(Date.now() / 60_000) * 60_000,
  )
}

const never = () => () => {}

/** The same for up to a second, and so no earlier than what has just happened, even if the clock stood still. */
function second(): number {
  const time = Date.now()
  if (Math.abs(time - now) >= 1_000) now = time
  return now
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const listener of listeners) listener()
  }, 1_000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

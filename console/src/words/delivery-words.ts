import type { Tone } from '../design/badge.tsx'

export const deliveryStates = {
  PENDING: { label: 'Pending', tone: 'waiting', meaning: 'It waits for its next attempt.' },
  SUCCEEDED: { label: 'Delivered', tone: 'ok', meaning: 'It arrived, and the destination accepted it.' },
  FAILED: {
    label: 'Failed',
    tone: 'trouble',
    meaning: 'All attempts have failed. Nothing more is tried, but it can be replayed.',
  },
  HELD: {
    label: 'Held',
    tone: 'accent',
    meaning: 'The webhooks of the bot were disabled. It is kept and can be replayed.',
  },
  CANCELLED: { label: 'Cancelled', tone: 'off', meaning: 'The bot or its webhooks were removed.' },
} as const satisfies Record<string, { label: string; tone: Tone; meaning: string }>

export const attemptErrors = {
  HTTP_STATUS: 'Answered with an error',
  TIMEOUT: 'Timed out',
  DNS: 'Host not found',
  CONNECTION_REFUSED: 'Connection refused',
  CONNECTION_RESET: 'Connection reset',
  RESPONSE_BROKEN_OFF: 'Response broken off',
  CONNECTION: 'Connection failed',
  TLS: 'TLS failed',
  BLOCKED_ADDRESS: 'Address blocked',
  INTERRUPTED: 'Interrupted',
} as const satisfies Record<string, string>

/** The keys of a record whose type names all of them. */
export function keysOf<Key extends string>(words: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(words) as Key[]
}

interface Count {
  readonly totalCount: number
  readonly totalCountIsExact: boolean
}

/** As in “1 delivery”, “12 deliveries”, “more than 10,000 deliveries”. */
export function countWords(count: Count): string {
  const { totalCount, totalCountIsExact } = count
  return `${totalCountIsExact ? '' : 'more than '}${totalCount.toLocaleString()} ${totalCount === 1 ? 'delivery' : 'deliveries'}`
}

const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 })

/** As in “38.5%”. Only all is 100%, and only none is 0%. @param share from 0 to 1 */
export function percentWords(share: number): string {
  return percent.format(share === 0 || share === 1 ? share : Math.min(Math.max(share, 0.001), 0.999))
}

/** Milliseconds in the unit that reads best. @param digits of the seconds, after the point */
export function durationWords(milliseconds: number, digits = 1): string {
  if (milliseconds < 1_000) return `${milliseconds} ms`
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(digits)} s`
  return `${Math.round(milliseconds / 60_000)} min`
}

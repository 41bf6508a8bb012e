import type { Tone } from '../design/badge.tsx'

export const deliveryStates = {
  PENDING: { label: 'Pending', tone: 'waiting' },
  SUCCEEDED: { label: 'Delivered', tone: 'ok' },
  FAILED: { label: 'Failed', tone: 'trouble' },
  HELD: { label: 'Held', tone: 'trouble' },
  CANCELLED: { label: 'Cancelled', tone: 'off' },
} as const satisfies Record<string, { label: string; tone: Tone }>

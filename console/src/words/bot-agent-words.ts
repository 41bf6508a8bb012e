import type { Tone } from '../design/badge.tsx'

/** How the values of the API are called on the page. */
export const statuses = {
  ACCEPTING_CHATS: { label: 'Accepting chats', tone: 'ok' },
  NOT_ACCEPTING_CHATS: { label: 'Not accepting chats', tone: 'waiting' },
  OFFLINE: { label: 'Offline', tone: 'off' },
} as const satisfies Record<string, { label: string; tone: Tone }>

export type Status = keyof typeof statuses

export const webhooksStates = {
  ACTIVE: { label: 'Active', tone: 'ok' },
  PAUSED: { label: 'Paused', tone: 'waiting' },
  DISABLED: { label: 'Disabled', tone: 'trouble' },
} as const satisfies Record<string, { label: string; tone: Tone }>

export type WebhooksState = keyof typeof webhooksStates

export const priorities = {
  FIRST: 'First',
  NORMAL: 'Normal',
  LAST: 'Last',
  SUPERVISOR: 'Supervisor',
} as const

export type Priority = keyof typeof priorities

export const statusChangeReasons = {
  CREATED: 'created',
  REMOVED: 'removed',
  TOKEN_REVOKED: 'its access token was revoked',
  UPDATED: 'updated',
} as const

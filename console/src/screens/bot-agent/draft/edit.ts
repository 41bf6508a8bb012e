import type { Draft, WebhooksDraft } from './draft.ts'
import type { FieldError } from './field-error.ts'

/** Changes the draft at a path inside the input. What was wrong there is no longer said. */
export type Edit = (path: string, change: (draft: Draft) => Draft) => void

/** What each part of the form gets. */
export interface FormProps {
  readonly draft: Draft
  readonly errors: readonly FieldError[]
  readonly edit: Edit
}

/** What each part of the form about webhooks gets. `path` is inside `webhooks`. */
export interface WebhooksFormProps {
  readonly webhooks: WebhooksDraft
  readonly errors: readonly FieldError[]
  readonly editWebhooks: (path: string, change: Partial<WebhooksDraft>) => void
}

export function changedRow<Item extends object>(rows: readonly Item[], index: number, change: Partial<Item>): Item[] {
  return rows.map((row, place) => (place === index ? { ...row, ...change } : row))
}

export function withoutRow<Item>(rows: readonly Item[], index: number): Item[] {
  return rows.filter((_row, place) => place !== index)
}

const HOUR = 3_600_000

/** The spans until now that are mostly wanted, by what `since` in the URL says instead of a moment. */
export const spans = {
  '1h': { label: 'Last hour', length: HOUR },
  '24h': { label: 'Last 24 hours', length: 24 * HOUR },
  '7d': { label: 'Last 7 days', length: 7 * 24 * HOUR },
} as const

export type Span = keyof typeof spans

export function isSpan(text: string | null): text is Span {
  return text !== null && Object.hasOwn(spans, text)
}

/** @returns when a span that ends now has begun */
export function beginningOf(span: Span): string {
  return new Date(Date.now() - spans[span].length).toISOString()
}

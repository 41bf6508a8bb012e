const milliseconds = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * Parses a duration as in settings: a number and one of `ms`, `s`, `m`, `h`, `d`, such as `10s` or `1.5h`.
 * @returns milliseconds; `undefined` if the text is not a duration
 */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim()) ?? []
  return amount && unit ? Math.round(Number(amount) * milliseconds[unit as keyof typeof milliseconds]) : undefined
}

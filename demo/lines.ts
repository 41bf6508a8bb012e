import { styleText } from 'node:util'
import type { Received } from './receiver.ts'

export function print(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** One line for a webhook: ✓ or ✗, the bot, the action, the gist of its data, an unusual response, the webhook-id. */
export function lineOf({ bot, id, body, times, answer }: Received): string {
  const name = nameOf(bot).padEnd(12)
  if (!body) return `  ✗ ${name}  the signature is not valid: ${answer.note}`
  const { action, data, additional_data } = body
  const about = gist(data)
  const words = [
    action,
    about && `“${about}”`,
    Object.keys(additional_data)
      .map((name) => `+ ${name}`)
      .join(' '),
    times > 1 && `sent ${times} times by now, with the same webhook-id`,
    answer.note && `(${answer.note})`,
  ]
  return `  ✓ ${name}  ${words.filter(Boolean).join('  ')}  ${styleText('dim', id)}`
}

/** Without the suffix that makes it unique. */
export function nameOf({ name }: { name: string }): string {
  return name.replace(' (demo)', '')
}

/** The text, or else the tag, the status or the name. */
function gist(data: object): string | undefined {
  return ['text', 'tag', 'status', 'name'].map((key) => find(key, data)).find((found) => found !== undefined)
}

function find(key: string, value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const own = (value as Record<string, unknown>)[key]
  if (typeof own === 'string') return own
  return Object.values(value)
    .map((inner) => find(key, inner))
    .find((found) => found !== undefined)
}

import { styleText } from 'node:util'
import type { Received } from './receiver.ts'

export function print(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** One line of what has come: ✓ or ✗, the bot, the action, what it is about, what was answered, the webhook-id. */
export function lineOf({ bot, id, body, times, answer }: Received): string {
  const name = nameOf(bot).padEnd(12)
  if (!body) return `  ✗ ${name}  the signature does not hold: ${answer.note}`
  const { action, data, additional_data } = body
  const about = gist(data)
  const words = [
    action,
    about && `“${about}”`,
    Object.keys(additional_data)
      .map((name) => `+ ${name}`)
      .join(' '),
    times > 1 && `again: number ${times} of the same webhook-id`,
    answer.note && `(${answer.note})`,
  ]
  return `  ✓ ${name}  ${words.filter(Boolean).join('  ')}  ${styleText('dim', id)}`
}

/** Without the mark that tells it from other bots. */
export function nameOf({ name }: { name: string }): string {
  return name.replace(' (demo)', '')
}

/** What is written, or else what says most. */
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

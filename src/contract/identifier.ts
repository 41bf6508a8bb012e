import { randomBytes, randomUUID } from 'node:crypto'
import { RequestError } from './request-error.ts'

/** The form of the ids of each type. */
const forms = {
  BotAgent: /^[0-9a-f]{32}$/,
  WebhookDelivery: /^dlv_[0-9a-f]{32}$/,
  ChatEvent: /^evt_[0-9a-f]{32}$/,
  AuditEntry: /^aud_[0-9a-f]{32}$/,
} as const

export type Identified = keyof typeof forms

/** Whether an object of this type can have the id. If not, it need not be looked up. */
export function isIdOf(type: Identified, id: string): boolean {
  return forms[type].test(id)
}

/** @returns which of these types can have the id; `undefined` if none can */
export function typeOfId<Type extends Identified>(types: readonly Type[], id: string): Type | undefined {
  return types.find((type) => isIdOf(type, id))
}

/**
 * @returns a new id: the prefix, then 32 lower-case hex characters. The first 12 are the time in milliseconds, so that rows
 *   that are created together are close together in an index; the others are random.
 */
export function newId(prefix: 'dlv_' | 'evt_' | 'aud_' | 'key_'): string {
  // The parts of a UUID that are random throughout. It is drawn from a pool, where `randomBytes` asks the system each time.
  const uuid = randomUUID()
  return `${prefix}${Date.now().toString(16).padStart(12, '0')}${uuid.slice(0, 8)}${uuid.slice(-12)}`
}

/** @returns a new id of a bot agent: 32 lower-case hex characters, all random */
export function newBotAgentId(): string {
  return randomBytes(16).toString('hex')
}

/** The most bot agents that `botAgentIds` may name. */
export const MOST_NAMED = 500

/**
 * Reads the argument `botAgentIds` of a list or a stream.
 * @returns the ids that a bot agent can have, each once and sorted
 * @throws RequestError BAD_USER_INPUT for more than `MOST_NAMED`
 */
export function botAgentIds(given: readonly string[]): string[] {
  if (given.length <= MOST_NAMED) return [...new Set(given.filter((id) => isIdOf('BotAgent', id)))].sort()
  throw new RequestError(
    'BAD_USER_INPUT',
    `\`botAgentIds\` may name at most ${MOST_NAMED} bot agents; it names ${given.length}. Omit it for all of them.`,
  )
}

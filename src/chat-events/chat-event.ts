import { z } from 'zod'
import { isDeeperThan } from '../contract/json-depth.ts'
import { compact, countNames, mapMembers, textAt } from '../contract/json-text.ts'
import { broken, userError } from '../contract/user-error.ts'
import { integer, isObject, isStorable, LARGEST_INT, list, oneOf, STORABLE, text } from '../contract/validation.ts'
import { participantTypes, type WebhookAction, webhookActionNames } from '../webhooks/webhook-action.ts'
import { chatDataShapes, dataShapes } from './chat-event-data.ts'

const MOST_BYTES = 256 * 1_024
/** An example shows a form, goes to somebody’s server, and is kept with its delivery. */
export const MOST_EXAMPLE_BYTES = 32 * 1_024
const DEEPEST = 64
const MOST_MEMBERS = 1_000
const LONGEST_ID = 255

/** An action that the chat platform reports. Only the gateway raises the others. */
export type ChatAction = keyof typeof chatDataShapes

export function isChatAction(action: WebhookAction): action is ChatAction {
  return Object.hasOwn(chatDataShapes, action)
}

/** Properties as callers write them: `{"source": {"type": "facebook"}}`. */
export type ChatProperties = Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>

const chat = z.object({
  id: text(1, LONGEST_ID),
  /** Null: not known. */
  threadId: text(1, LONGEST_ID).nullish().transform(orNull),
  /** Null: the properties stored for the chat are used. */
  properties: asGiven<ChatProperties>(wrongProperties).nullish().transform(orNull),
  agentIds: list(text(1, LONGEST_ID), { least: 0, most: MOST_MEMBERS })
    .nullish()
    .transform((given) => given ?? []),
  /** Null: not known. */
  groupIds: list(integer(0, LARGEST_INT), { least: 0, most: MOST_MEMBERS }).nullish().transform(orNull),
})

const dataOf = (mostBytes: number) => asGiven<Readonly<Record<string, unknown>>>((given) => wrongJson(given, mostBytes))
const eventData = dataOf(MOST_BYTES)
const exampleData = dataOf(MOST_EXAMPLE_BYTES)

function wrongData(action: WebhookAction, data: unknown) {
  const shape = isObject(data) ? dataShapes[action].safeParse(data).error : undefined
  return (shape?.issues ?? []).map(({ path, message }) => ({
    code: 'custom' as const,
    path: ['data', ...path],
    message,
  }))
}

/** The rules for an example of a webhook: its `data` is that of an event. */
export const exampleRules = z
  .object({ action: oneOf(webhookActionNames), data: exampleData.nullish().transform(orNull) })
  .superRefine(({ action, data }, { addIssue }) => {
    for (const issue of wrongData(action, data)) addIssue(issue)
  })

/**
 * The rules for a chat event. They return `data` and `chat.properties` as the same objects that were passed in, and report only the first
 * value in each that can't be stored.
 */
export const publishChatEventRules = z
  .object({
    action: z.enum(Object.keys(chatDataShapes) as ChatAction[], {
      error: ({ input }) => `cannot be ${input}, which only the gateway raises`,
    }),
    data: eventData,
    chat: chat.nullish().transform(orNull),
    authorType: oneOf(participantTypes).nullish().transform(orNull),
    /** Null: as `data` has it. */
    authorId: text(1, LONGEST_ID).nullish().transform(orNull),
    idempotencyKey: text(1, 255).nullish().transform(orNull),
  })
  .superRefine(({ action, data, authorType }, { addIssue }) => {
    for (const issue of wrongData(action, data)) addIssue(issue)
    if (action === 'INCOMING_EVENT' && !authorType) {
      addIssue({ ...broken('is required for INCOMING_EVENT', { reason: 'REQUIRED' }), path: ['authorType'] })
    }
  })

/**
 * @param text the JSON of `data`, as the caller wrote it
 * @param parsed the same, parsed
 * @returns the text that webhooks carry: without white space, with all digits of numbers and the order of names, and with changed
 *   properties in the nested form
 * @throws UserErrors VALIDATION if the text is too large, or has two members with the same name, because `parsed` has lost one of them
 */
export function writtenData(action: WebhookAction, text: string, parsed: object, mostBytes = MOST_BYTES): string {
  const given = compact(text)
  const written = changesProperties.has(action) ? nestProperties(given) : given
  const bytes = Buffer.byteLength(written)
  if (bytes > mostBytes) {
    throw userError('VALIDATION', ['data'], tooLarge(bytes, mostBytes), { reason: 'TOO_LARGE', max: mostBytes })
  }
  if (countNames(given) !== countMembers(parsed)) {
    throw userError('VALIDATION', ['data'], 'must not have two members with the same name in one object')
  }
  return written
}

const changesProperties: ReadonlySet<WebhookAction> = new Set([
  'CHAT_PROPERTIES_UPDATED',
  'CHAT_THREAD_PROPERTIES_UPDATED',
])

/** Callers may write properties flat, `{"source":{"type":"facebook"}}`, or nested, `{"source":{"type":{"value":"facebook"}}}`. */
function nestProperties(data: string): string {
  const nest = (value: string) => (textAt(value, ['value']) === undefined ? `{"value":${value}}` : value)
  return mapMembers(data, (value, name) =>
    name === 'properties' ? mapMembers(value, (named) => mapMembers(named, nest)) : value,
  )
}

/**
 * @param data in the form of its action
 * @returns the id of the chat that an event belongs to: as reported about the chat, or else as its `data` has it; null if there is none,
 *   or if it is too long for one
 */
export function chatIdOf(
  about: Pick<ChatContext, 'id'> | null,
  data: Readonly<Record<string, unknown>>,
): string | null {
  const { chat_id: named, chat: whole } = data
  const id = about?.id ?? named ?? (isObject(whole) && 'id' in whole ? whole.id : undefined)
  return typeof id === 'string' && id.length <= LONGEST_ID ? id : null
}

/**
 * @param given as reported beside the event
 * @param data in the form of its action
 * @returns the id of the author, as reported or else as `data` has it; null if it is not known
 */
export function authorIdOf(given: string | null, { event }: Readonly<Record<string, unknown>>): string | null {
  if (given !== null) return given
  const id = isObject(event) && 'author_id' in event ? event.author_id : undefined
  // No filter can name a longer one.
  return typeof id === 'string' && id.length <= LONGEST_ID ? id : null
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const items = Object.values(value)
  const own = Array.isArray(value) ? 0 : items.length
  return items.reduce<number>((members, item) => members + countMembers(item), own)
}

export type ChatContext = z.output<typeof chat>

interface Wrong {
  readonly path: readonly string[]
  readonly message: string
}

/** Passes an object on without copying it: Zod's copy would lose keys such as `__proto__`. */
function asGiven<Kind extends object>(wrongs: (given: object) => Iterable<Wrong>) {
  return z.custom<Kind>().superRefine((given, { addIssue }) => {
    for (const { path, message } of isObject(given) ? wrongs(given) : [{ path: [], message: 'must be an object' }]) {
      addIssue({ code: 'custom', path: [...path], message })
    }
  })
}

function* wrongJson(given: object, mostBytes: number): Generator<Wrong> {
  if (isDeeperThan(DEEPEST, given)) {
    yield { path: [], message: `must not be nested more than ${DEEPEST} levels deep` }
    return
  }
  const unstorable = firstUnstorable(given)
  if (unstorable) yield unstorable
  const bytes = Buffer.byteLength(JSON.stringify(given))
  if (bytes > mostBytes) yield { path: [], message: tooLarge(bytes, mostBytes) }
}

function tooLarge(bytes: number, most: number): string {
  return `must be at most ${most / 1_024} KiB (${most} bytes) of JSON; it has ${bytes}`
}

function* wrongProperties(given: object): Generator<Wrong> {
  for (const [namespace, named] of Object.entries(given)) {
    if (!isObject(named)) {
      yield { path: [namespace], message: 'must be an object, as in {"source": {"type": "facebook"}}' }
      continue
    }
    for (const [name, value] of Object.entries(named)) {
      if (typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value)) continue
      yield { path: [namespace, name], message: 'must be a string, a whole number or a boolean' }
    }
  }
  yield* wrongJson(given, MOST_BYTES)
}

function firstUnstorable(value: unknown): Wrong | undefined {
  if (typeof value === 'string' && !isStorable(value)) return { path: [], message: `must be ${STORABLE}` }
  if (value === Infinity || value === -Infinity) return { path: [], message: 'must be a smaller number' }
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, item] of Object.entries(value)) {
    if (!isStorable(key)) return { path: [], message: `must have names that are ${STORABLE}` }
    const wrong = firstUnstorable(item)
    if (wrong) return { ...wrong, path: [key, ...wrong.path] }
  }
  return undefined
}

function orNull<Value>(given: Value | null | undefined): Value | null {
  return given ?? null
}

import { shortened } from '../contract/quoted.ts'
import type { UserError } from '../contract/user-error.ts'
import { BotAgentStatus, DefaultGroupPriority } from '../database/client/client.ts'
import { additionalData, participantTypes, webhookActionNames } from '../webhooks/webhook-action.ts'
import { type Fields, snakeCase, wordOf } from './wire.ts'

/** Something wrong with a request, in the names and words of the wire format. */
export interface WrongField {
  /** The path of the field, such as `groups[0].id`; null if it is not about one field. */
  readonly field: string | null
  readonly message: string
}

/** Translates a user error about the GraphQL `input` into one about the wire request that the input was made from. */
export function wrongField({ field, message }: UserError, input: Fields): WrongField {
  if (!field) return { field, message: inWireWords(message) }
  const onTheWire = pathText(wirePath(field, input))
  const named = `\`${field.join('.')}\``
  const said = message.startsWith(named) ? message.slice(named.length).replace(/\.$/, '') : ` ${message}`
  return { field: onTheWire, message: `\`${onTheWire}\`${inWireWords(said)}` }
}

/** @returns a path as the specification writes it: `webhooks.actions[0].name` */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`
      const name = shortened(String(step))
      if (!/^[\w-]+$/.test(name)) return `[${JSON.stringify(name)}]`
      return index === 0 ? name : `.${name}`
    })
    .join('')
}

/** Property filters are a list in the schema; on the wire they are found by namespace and name. */
function wirePath(field: readonly string[], input: unknown): PropertyKey[] {
  const path: PropertyKey[] = []
  let value = input
  for (const [index, step] of field.entries()) {
    value = (value as Fields | undefined)?.[step]
    if (field[index - 1] === 'chatProperties') {
      const { namespace, name } = value as { namespace: string; name: string }
      if (field[index + 1] === 'namespace') return [...path, namespace]
      path.push(namespace, name)
      if (field[index + 1] === 'name') return path
    } else {
      path.push(/^\d+$/.test(step) ? Number(step) : snakeCase(step))
    }
  }
  return path
}

const enumValues = new Set<string>([
  ...Object.values(BotAgentStatus),
  ...Object.values(DefaultGroupPriority),
  ...webhookActionNames,
  ...additionalData,
  ...participantTypes,
])

/** Replaces field names and enum values in a sentence with the names on the wire. Quoted text stays as it is. */
function inWireWords(sentence: string): string {
  return sentence.replace(/"(?:[^"\\]|\\.)*"|\w+/g, (word) => {
    if (enumValues.has(word)) return wordOf(word)
    return /^[a-z]+(?:[A-Z][a-z]*)+$/.test(word) ? snakeCase(word) : word
  })
}

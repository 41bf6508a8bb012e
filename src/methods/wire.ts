import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { wireStatus } from '../bot-agents/bot-agent.ts'
import { BotAgentStatus } from '../database/client/client.ts'

/** An object with the field names and enum values of the schema. */
export type Fields = Record<string, unknown>

/**
 * An object on the wire: decodes to the names of the schema, and encodes from them. Unknown fields are ignored.
 * @param shape its fields, named as in the schema; on the wire they are in snake case
 * @param defaults values that are left out when encoding, like nulls
 */
export function wire(shape: Readonly<Record<string, z.ZodType>>, defaults: Fields = {}) {
  const fields = Object.entries(shape).map(([name, type]) => ({
    name,
    onTheWire: snakeCase(name),
    type,
    leftOut: defaults[name],
  }))
  return z.codec(
    z.object(Object.fromEntries(fields.map(({ onTheWire, type }) => [onTheWire, type]))),
    z.custom<Fields>(),
    {
      decode: (given) => {
        const decoded: Fields = {}
        for (const { name, onTheWire } of fields) if (onTheWire in given) decoded[name] = given[onTheWire]
        return decoded
      },
      encode: (given) => {
        const encoded: Record<string, never> = {}
        for (const { name, onTheWire, leftOut } of fields) {
          const value = given[name] ?? undefined
          if (value === undefined || (leftOut !== undefined && isDeepStrictEqual(value, leftOut))) continue
          encoded[onTheWire] = value as never
        }
        return encoded
      },
    },
  )
}

/** A value of an enum of the schema, on the wire in the specification's word for it. */
export function word<Name extends string>(names: readonly Name[]) {
  const byWord = new Map(names.map((name) => [wordOf(name), name]))
  const words = new Map(names.map((name) => [name, wordOf(name)]))
  return z.codec(z.enum([...byWord.keys()] as [string, ...string[]]), z.enum(names as readonly [Name, ...Name[]]), {
    decode: (said) => byWord.get(said) as Name,
    encode: (name) => words.get(name) as string,
  })
}

/** `maxChatsCount` is `max_chats_count` on the wire. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** `THREAD_CLOSED` is `thread_closed` on the wire, `ACCEPTING_CHATS` is `accepting chats`. */
export function wordOf(name: string): string {
  return isStatus(name) ? wireStatus(name) : name.toLowerCase()
}

function isStatus(name: string): name is BotAgentStatus {
  return name in BotAgentStatus
}

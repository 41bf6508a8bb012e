import { readFile } from 'node:fs/promises'

/** The example payloads of the specification, word for word, as the names and words of the schema have them. */
export async function payload<Payload = Record<string, unknown>>(name: string): Promise<Payload> {
  const text = await readFile(new URL(`./${name}.json`, import.meta.url), 'utf8')
  return translate(JSON.parse(text)) as Payload
}

/** Fields whose values are words of an enum. */
const enums = new Set(['status', 'priority', 'additional_data'])

function translate(value: unknown, field = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => translate(item, field))
  if (typeof value === 'string') return enums.has(field) ? constant(value) : value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [camel(name), translateField(value, name, inner)]),
  )
}

function translateField(parent: object, name: string, value: unknown): unknown {
  if (name === 'chat_properties') return flatten(value as Record<string, Record<string, object>>)
  if (name === 'name' && !('max_chats_count' in parent || 'avatar' in parent)) return constant(String(value))
  return translate(value, name)
}

/** `{source: {type: {values}}}` on the wire is `[{namespace, name, values}]` in the schema. */
function flatten(properties: Record<string, Record<string, object>>): object[] {
  return Object.entries(properties).flatMap(([namespace, names]) =>
    Object.entries(names).map(([name, test]) => ({ namespace, name, ...(translate(test) as object) })),
  )
}

const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
const constant = (word: string) => word.replaceAll(' ', '_').toUpperCase()

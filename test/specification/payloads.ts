import { readFile } from 'node:fs/promises'

/** An example payload of the specification, unchanged. */
export async function example<Payload = Record<string, unknown>>(name: string): Promise<Payload> {
  return JSON.parse(await readFile(new URL(`./${name}.json`, import.meta.url), 'utf8')) as Payload
}

/** An example payload of the specification in the names and words of the schema. */
export async function payload<Payload = Record<string, unknown>>(name: string): Promise<Payload> {
  return inSchemaWords(await example(name)) as Payload
}

/** The fields whose values are enums. */
const enums = new Set(['status', 'priority', 'default_group_priority', 'additional_data', 'author_type', 'action'])

/** A body of the wire in the names and words of the schema. */
export function inSchemaWords(value: unknown, field = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => inSchemaWords(item, field))
  if (typeof value === 'string') return enums.has(field) ? constant(value) : value
  if (typeof value !== 'object' || value === null) return value
  const translate = (name: string, inner: unknown) => {
    if (name === 'chat_properties' && inner) return flatten(inner as Record<string, Record<string, object>>)
    return inSchemaWords(inner, field === 'actions' && name === 'name' ? 'action' : name)
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [camel(name), translate(name, inner)]))
}

/** `{source: {type: {values}}}` on the wire is `[{namespace, name, values}]` in the schema. */
function flatten(properties: Record<string, Record<string, object>>): object[] {
  return Object.entries(properties).flatMap(([namespace, names]) =>
    Object.entries(names).map(([name, test]) => ({ namespace, name, ...(inSchemaWords(test) as object) })),
  )
}

const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
const constant = (word: string) => word.replaceAll(' ', '_').toUpperCase()

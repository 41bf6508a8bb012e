import { GraphQLError, GraphQLScalarType, Kind, type ObjectValueNode, print, type ValueNode } from 'graphql'
import { JSONResolver } from 'graphql-scalars'
import { textAt } from '../contract/json-text.ts'
import { shortMessage } from './short-message.ts'

/** A request as it was sent: its text, and the variables parsed from it. */
export interface RequestSource {
  readonly text: string
  /** The path to the variables in the text. */
  readonly at: readonly string[]
  readonly variables: unknown
}

/** JSON text with places for the values of variables. */
type Template = readonly (string | { readonly variable: string; readonly value: unknown })[]

/** The text of JSON that stands in a document: the parsed value would lose digits of numbers and the order of names. */
const templates = new WeakMap<object, Template>()

type Variables = Readonly<Record<string, unknown>> | null | undefined

export const Json = new GraphQLScalarType<unknown, unknown>({
  ...JSONResolver.toConfig(),
  parseLiteral: (node, variables) => jsonOf(node, variables),
})

/** @param variables absent while a document is validated */
function jsonOf(node: ValueNode, variables: Variables): unknown {
  switch (node.kind) {
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value)
    case Kind.NULL:
      return null
    case Kind.LIST:
      return withTemplate(
        node.values.map((item) => jsonOf(item, variables)),
        node,
        variables,
      )
    case Kind.OBJECT:
      return withTemplate(objectOf(node, variables), node, variables)
    case Kind.VARIABLE:
      return variableOf(node.name.value, variables)
    case Kind.ENUM:
      throw new GraphQLError(
        shortMessage(`JSON has no enum values: write "${node.value}" instead of ${print(node)}.`),
        {
          nodes: node,
        },
      )
  }
}

function variableOf(name: string, variables: Variables): unknown {
  if (variables && !Object.hasOwn(variables, name)) {
    throw new GraphQLError(`The variable \`$${name}\` is used inside JSON, so it must have a value.`)
  }
  return variables?.[name]
}

function objectOf({ fields }: ObjectValueNode, variables: Variables): object {
  const entries = fields.map(({ name, value }) => [name.value, jsonOf(value, variables)] as const)
  // `fromEntries` keeps names such as `__proto__`, which an assignment would lose.
  return Object.fromEntries(entries)
}

function withTemplate<Value extends object>(value: Value, node: ValueNode, variables: Variables): Value {
  templates.set(value, templateOf(node, variables))
  return value
}

function templateOf(node: ValueNode, variables: Variables): Template {
  switch (node.kind) {
    case Kind.VARIABLE:
      return [{ variable: node.name.value, value: variableOf(node.name.value, variables) }]
    case Kind.LIST:
      return ['[', ...separated(node.values.map((item) => templateOf(item, variables))), ']']
    case Kind.OBJECT:
      return [
        '{',
        ...separated(
          node.fields.map(({ name, value }) => [`${JSON.stringify(name.value)}:`, ...templateOf(value, variables)]),
        ),
        '}',
      ]
    case Kind.STRING:
      return [JSON.stringify(node.value)]
    case Kind.NULL:
      return ['null']
    default:
      return [String(node.value)]
  }
}

function separated(templates: readonly Template[]): Template {
  return templates.flatMap((template, index) => (index === 0 ? template : [',', ...template]))
}

/**
 * @param source the request that carried the value; absent for the gateway's own operations
 * @returns the text of an object or list of the scalar JSON as the caller wrote it, in the document or in variables: numbers with all
 *   their digits, names in their order
 */
export function jsonTextOf(value: unknown, source: RequestSource | undefined): string {
  const template = typeof value === 'object' && value !== null ? templates.get(value) : undefined
  if (template) return template.map((part) => (typeof part === 'string' ? part : textOfVariable(part, source))).join('')
  const path = source && pathTo(value, source.variables)
  return (path && textAt(source.text, [...source.at, ...path])) ?? JSON.stringify(value)
}

function textOfVariable({ variable, value }: { variable: string; value: unknown }, source: RequestSource | undefined) {
  const written = typeof value === 'number' && source ? textAt(source.text, [...source.at, variable]) : undefined
  return written ?? jsonTextOf(value, source)
}

/** @returns the path to this very object or list inside another value; `undefined` if it is not there */
function pathTo(value: unknown, within: unknown): (string | number)[] | undefined {
  if (typeof value !== 'object' || value === null || typeof within !== 'object' || within === null) return undefined
  if (value === within) return []
  const isList = Array.isArray(within)
  for (const [name, item] of Object.entries(within)) {
    const path = pathTo(value, item)
    if (path) return [isList ? Number(name) : name, ...path]
  }
  return undefined
}

/** Parses JSON for a response: numbers keep all their digits. */
export function parseExactly(text: string): unknown {
  if (!/\d{16}|[.eE]/.test(text)) return JSON.parse(text)
  return JSON.parse(text, function keepDigits(_name, value: unknown, context?: { source?: string }) {
    const written = context?.source
    return typeof value === 'number' && written !== undefined && String(value) !== written ? rawJson(written) : value
  })
}

/** ECMAScript's `JSON.rawJSON`, which TypeScript does not know yet. */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON: (text: string) => unknown }

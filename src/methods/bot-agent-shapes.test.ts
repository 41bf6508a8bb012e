import {
  type GraphQLInputType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { buildSchema } from '../schema.ts'
import { botAgentId, createBotAgent, updateBotAgent } from './bot-agent-shapes.ts'

const schema = buildSchema()

interface JsonSchema {
  type?: string | string[]
  enum?: string[]
  anyOf?: JsonSchema[]
  items?: JsonSchema
  properties?: Record<string, JsonSchema>
  additionalProperties?: JsonSchema
  required?: string[]
}

/** All fields and values of a shape, in a form that is the same for both: `!` marks required fields, values are listed. */
function ofShape(described: JsonSchema): unknown {
  const { type, enum: words, items, properties, additionalProperties, required = [] } = withoutNull(described)
  if (words) return [...words].sort()
  if (items) return { listOf: ofShape(items) }
  if (additionalProperties) return { by: ofShape(additionalProperties) }
  if (!properties) return type
  return Object.fromEntries(
    Object.entries(properties).map(([name, one]) => [required.includes(name) ? `${name}!` : name, ofShape(one)]),
  )
}

function withoutNull(described: JsonSchema): JsonSchema {
  return described.anyOf?.find(({ type }) => type !== 'null') ?? described
}

/** The specification's methods set the order to NONE, no pace and no authors to leave out, keep headers, and know no safe writes. */
const notInMethods = ['order', 'headers', 'maxPerSecond', 'authorIds', 'idempotencyKey', 'expectedUpdatedAt']

function ofInput(type: GraphQLInputType): unknown {
  const nullable = getNullableType(type)
  if (isListType(nullable)) {
    const item = ofInput(nullable.ofType)
    if (!(item instanceof Object && 'namespace!' in item && 'name!' in item)) return { listOf: item }
    const { 'namespace!': _, 'name!': __, ...test } = item
    return { by: { by: test } }
  }
  if (isEnumType(nullable)) {
    const space = nullable.name === 'BotAgentStatus' ? ' ' : '_'
    return nullable
      .getValues()
      .map(({ name }) => name.toLowerCase().replaceAll('_', space))
      .sort()
  }
  if (isInputObjectType(nullable)) {
    const fields = Object.values(nullable.getFields()).filter(({ name }) => !notInMethods.includes(name))
    return Object.fromEntries(
      fields.map((field) => {
        const name = field.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
        // An update of GraphQL may leave the secret key out. The specification's methods always have it.
        const isRequired = isNonNullType(field.type) || name === 'secret_key'
        return [isRequired ? `${name}!` : name, ofInput(field.type)]
      }),
    )
  }
  return { String: 'string', ID: 'string', Int: 'integer', Boolean: 'boolean', JSON: ['string', 'number', 'boolean'] }[
    nullable.name
  ]
}

describe('the shape of a request has exactly the fields and values of the input of its operation:', () => {
  const shapes = {
    CreateBotAgentInput: createBotAgent,
    UpdateBotAgentInput: updateBotAgent,
    RemoveBotAgentInput: botAgentId,
  }
  for (const [name, shape] of Object.entries(shapes)) {
    it(name, () => {
      const described = z.toJSONSchema(shape, { io: 'input' }) as JsonSchema
      expect(ofShape(described)).toEqual(ofInput(schema.getType(name) as GraphQLInputType))
    })
  }
})

import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { MethodAnswer } from './method.ts'

interface Operation {
  security: { accessToken: string[] }[]
  responses: Record<string, { $ref?: string; content?: object }>
}

interface Document {
  paths: Record<string, { post: Operation }>
  components: { schemas: Record<string, object> }
}

interface ObjectSchema {
  properties: Record<string, { enum?: string[] }>
  required?: string[]
}

/** The OpenAPI description that a gateway serves, as a validator of requests and answers. */
export interface Description extends Document {
  /** The errors of the description itself. */
  errors(): Promise<unknown>
  /** Whether the body of a request fits the description. */
  fitsRequest(name: string, body: unknown): boolean
  /** The smallest valid request, the name of its id, and whether it has `all`. */
  requestOf(name: string): { least: Record<string, unknown>; idName: string | undefined; hasAll: boolean }
  /** The errors of an answer, which may have no field that is not described. */
  wrongAnswer(name: string, answer: MethodAnswer): unknown
}

export async function description(url: string): Promise<Description> {
  const document = (await (await fetch(new URL('/agents/openapi.json', url))).json()) as Document
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  ajv.addSchema(document, 'open').addSchema(closed(document) as object, 'closed')
  const compiled = (of: 'open' | 'closed', pointer: string) => {
    const validate = ajv.getSchema(`${of}#${pointer}`)
    if (!validate) throw new Error(`There is nothing at ${pointer}`)
    return validate
  }
  const inPath = (name: string) => `/paths/~1agents~1${name}/post`
  const json = '/content/application~1json/schema'

  return {
    ...document,
    errors: async () => (await new Validator().validate({ ...structuredClone(document) })).errors,
    fitsRequest: (name, body) => compiled('open', `${inPath(name)}/requestBody${json}`)(body) as boolean,
    requestOf(name) {
      const { properties, required = [] } = document.components.schemas[`${name}.request`] as ObjectSchema
      const least = required.map((field) => [field, properties[field]?.enum?.[0] ?? 'x'])
      const idName = required.find((field) => /(^|_)id$/.test(field))
      return { least: Object.fromEntries(least), idName, hasAll: 'all' in properties }
    },
    wrongAnswer(name, { status, body }) {
      const response = document.paths[`/agents/${name}`]?.post.responses[status]
      if (!response) return `The status ${status} is not described`
      const pointer = response.$ref?.slice(1) ?? `${inPath(name)}/responses/${status}`
      const validate = compiled('closed', pointer + json)
      return validate(body) ? undefined : validate.errors
    },
  }
}

/** The same schema without additional properties. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const inner = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, closed(one)]))
  return inner.type === 'object' ? { additionalProperties: false, ...inner } : inner
}

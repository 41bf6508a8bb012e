import { type GraphQLSchema, getOperationAST, Kind, parse } from 'graphql'
import { z } from 'zod'
import type { Permission } from '../identity/reach.ts'
import { errorAnswer, type MethodErrorType, statuses } from './method-error.ts'
import { type Method, methods, namedShapes, type OpenMethod, openMethods } from './methods.ts'

/** @returns the OpenAPI 3.1 description of the methods, with the permissions that the schema requires */
export function openApi(schema: GraphQLSchema): object {
  const names = Object.entries<Method>(methods)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Bot Agent methods',
      version: '3.0',
      description:
        'Each method is executed on the GraphQL schema: permissions, rules and limits are the same. Unknown fields are ignored.',
    },
    servers: [{ url: '/' }],
    paths: Object.fromEntries([
      ...names.map(([name, method]) => [`/agents/${name}`, path(name, method, schema)] as const),
      ...Object.entries(openMethods).map(([name, method]) => [`/agents/${name}`, openPath(name, method)] as const),
    ]),
    components: {
      schemas: schemas(),
      responses: Object.fromEntries(
        Object.keys(statuses).map((type) => [type, { description: `An error of the type ${type}.`, ...json('Error') }]),
      ),
      securitySchemes: {
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'RFC 9068.' },
      },
    },
  }
}

function path(name: string, { summary, document, request, fails }: Method, schema: GraphQLSchema): object {
  const { scope, others } = rootField(document, schema).permission
  return {
    post: {
      operationId: name,
      summary,
      description: others
        ? `Scope: \`${scope}\` for bot agents of the caller’s application, \`${others}\` for all bot agents of the license.`
        : `Scope: \`${scope}\`. Only for bot agents of the caller’s application.`,
      security: [{ accessToken: [scope] }],
      requestBody: { required: !z.safeDecode(request, {} as never).success, ...json(`${name}.request`) },
      responses: responses(name, [...common, ...fails]),
    },
  }
}

function openPath(name: string, { summary }: OpenMethod): object {
  const fails = common.filter((type) => type !== 'authentication')
  const description = 'Needs no access token. The body is not looked at.'
  return {
    post: { operationId: name, summary, description, security: [], responses: responses(name, fails) },
  }
}

function responses(name: string, fails: readonly MethodErrorType[]): object {
  return {
    200: { description: 'Success.', ...json(`${name}.answer`) },
    ...Object.fromEntries(fails.map((type) => [statuses[type], { $ref: `#/components/responses/${type}` }])),
  }
}

/** @returns the root field that a document selects */
export function rootField(document: string, schema: GraphQLSchema) {
  const operation = getOperationAST(parse(document))
  const [selected] = operation?.selectionSet.selections ?? []
  const type = operation && schema.getRootType(operation.operation)
  const field = selected?.kind === Kind.FIELD && type?.getFields()[selected.name.value]
  if (!operation || !field) throw new Error(`The schema does not have the root field of a method: ${document}`)
  const { auth } = field.extensions.directives as { auth: Permission }
  return { kind: operation.operation, name: field.name, permission: auth }
}

/** Errors that every method can return. */
const common = [
  'validation',
  'authentication',
  'authorization',
  'entity_too_large',
  'too_many_requests',
  'internal',
] as const satisfies readonly MethodErrorType[]

function schemas(): Record<string, object> {
  const named = z.registry<{ id: string }>()
  const add = (id: string, shape: z.ZodType) => named.add(shape, { id })
  add('Error', errorAnswer)
  for (const [id, shape] of Object.entries(namedShapes)) add(id, shape)
  for (const [name, { request, answer }] of Object.entries<Method>(methods)) {
    add(`${name}.request`, request)
    add(`${name}.answer`, answer)
  }
  for (const [name, { answer }] of Object.entries(openMethods)) add(`${name}.answer`, answer)
  const { schemas } = z.toJSONSchema(named, { io: 'input', uri: (id) => `#/components/schemas/${id}` })
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $id: _, $schema: __, ...described }]) => [id, described]),
  )
}

function json(schema: string): object {
  return { content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } } }
}

import { request } from './client.ts'
import type { TestGateway } from './gateway.ts'

const errors = 'userErrors { code field message }'
const values = 'properties { namespace name value }'

export const createProperty = `mutation ($input: CreatePropertyInput!) {
  createProperty(input: $input) { property { namespace name type domain range { from to } access } ${errors} }
}`
export const setProperties = `mutation ($input: SetPropertiesInput!) { setProperties(input: $input) { ${values} ${errors} } }`
export const deleteProperties = `mutation ($input: DeletePropertiesInput!) { deleteProperties(input: $input) { ${values} ${errors} } }`
export const readProperties = `query ($target: PropertyTargetInput!) { ${values.replace('properties', 'properties(target: $target)')} }`
export const propertySearch = `query ($where: PropertySearchInput!, $first: Int, $after: String) {
  propertySearch(where: $where, first: $first, after: $after) {
    nodes { location id } pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}`

interface UserError {
  code: string
  field: string[] | null
  message: string
}

export interface Target {
  location: string
  id?: string
}

export interface Changed {
  properties: { namespace: string; name: string; value: unknown }[]
  userErrors: UserError[]
}

/** What an application does with properties; a GraphQL error is thrown as `CODE message`. */
export function propertiesOf(gateway: TestGateway, token: string) {
  const run = async (document: string, variables: object) => {
    const { data, errors } = await request(gateway.url, token, document, variables)
    if (errors?.[0]) throw new Error(`${errors[0].extensions?.code} ${errors[0].message}`)
    return data as Record<string, unknown>
  }
  return {
    async define(name: string, type: string, input: object = {}) {
      const { createProperty: payload } = await run(createProperty, { input: { name, type, ...input } })
      return payload as { property: Record<string, unknown> | null; userErrors: UserError[] }
    },
    async set(target: Target, properties: unknown, more: object = {}) {
      return (await run(setProperties, { input: { target, properties, ...more } })).setProperties as Changed
    },
    async delete(target: Target, properties: unknown, more: object = {}) {
      return (await run(deleteProperties, { input: { target, properties, ...more } })).deleteProperties as Changed
    },
    /** Flat: `namespace.name` and the value. */
    async read(target: Target): Promise<Record<string, unknown>> {
      const { properties } = (await run(readProperties, { target })) as { properties: Changed['properties'] }
      return Object.fromEntries(properties.map(({ namespace, name, value }) => [`${namespace}.${name}`, value]))
    },
    async page(where: object, page: object = {}) {
      return (await run(propertySearch, { where, ...page })).propertySearch as {
        nodes: { location: string; id: string | null }[]
        pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null }
      }
    },
    /** The ids of all pages. */
    async search(where: object, first = 100): Promise<(string | null)[]> {
      const found: (string | null)[] = []
      for (let after: string | null | undefined; after !== null; ) {
        const { nodes, pageInfo } = await this.page(where, { first, after })
        found.push(...nodes.map(({ id }) => id))
        after = pageInfo.hasNextPage ? pageInfo.endCursor : null
      }
      return found
    },
  }
}

export type PropertiesOf = ReturnType<typeof propertiesOf>

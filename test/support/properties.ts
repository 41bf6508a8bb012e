import { expect } from 'vitest'
import { run } from './client.ts'

const errors = 'userErrors { code field message }'
const values = 'properties { namespace name value }'

const createProperty = `mutation ($input: CreatePropertyInput!) {
  createProperty(input: $input) { property { namespace name type domain range { from to } access } ${errors} }
}`
const updateProperty = createProperty.replaceAll('create', 'update').replaceAll('Create', 'Update')
const deleteProperty = `mutation ($input: DeletePropertyInput!) { deleteProperty(input: $input) { name ${errors} } }`
const setProperties = `mutation ($input: SetPropertiesInput!) { setProperties(input: $input) { ${values} ${errors} } }`
const deleteProperties = `mutation ($input: DeletePropertiesInput!) { deleteProperties(input: $input) { ${values} ${errors} } }`
const readProperties = `query ($target: PropertyTargetInput!) { ${values.replace('properties', 'properties(target: $target)')} }`
const propertySearch = `query ($where: PropertySearchInput!, $first: Int, $after: String, $last: Int, $before: String) {
  propertySearch(where: $where, first: $first, after: $after, last: $last, before: $before) {
    nodes { location id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
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

interface Page {
  nodes: { location: string; id: string | null }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
}

/** What an application does with properties. A GraphQL error is thrown as `CODE message`. */
export function propertiesOf(gateway: { url: string }, token: string) {
  return {
    async define(name: string, type: string, input: object = {}) {
      const { createProperty: payload } = await run<{
        createProperty: { property: Record<string, unknown> | null; userErrors: UserError[] }
      }>(gateway, token, createProperty, { input: { name, type, ...input } })
      return payload
    },
    async redefine(name: string, type: string, input: object = {}) {
      const { updateProperty: payload } = await run<{
        updateProperty: { property: Record<string, unknown> | null; userErrors: UserError[] }
      }>(gateway, token, updateProperty, { input: { name, type, ...input } })
      return payload
    },
    async undefine(name: string) {
      const { deleteProperty: payload } = await run<{
        deleteProperty: { name: string | null; userErrors: UserError[] }
      }>(gateway, token, deleteProperty, { input: { name } })
      return payload
    },
    async set(target: Target, properties: unknown, more: object = {}) {
      const variables = { input: { target, properties, ...more } }
      return (await run<{ setProperties: Changed }>(gateway, token, setProperties, variables)).setProperties
    },
    async delete(target: Target, properties: unknown, more: object = {}) {
      const variables = { input: { target, properties, ...more } }
      return (await run<{ deleteProperties: Changed }>(gateway, token, deleteProperties, variables)).deleteProperties
    },
    /** Values by `namespace.name`. */
    async read(target: Target): Promise<Record<string, unknown>> {
      const { properties } = await run<Pick<Changed, 'properties'>>(gateway, token, readProperties, { target })
      return Object.fromEntries(properties.map(({ namespace, name, value }) => [`${namespace}.${name}`, value]))
    },
    async page(where: object, page: object = {}) {
      return (await run<{ propertySearch: Page }>(gateway, token, propertySearch, { where, ...page })).propertySearch
    },
    /** The ids of all pages. @throws unless they are the same from the end to the beginning */
    async search(where: object, size = 100): Promise<(string | null)[]> {
      const found: (string | null)[] = []
      for (let after: string | null | undefined; after !== null; ) {
        const { nodes, pageInfo } = await this.page(where, { first: size, after })
        found.push(...nodes.map(({ id }) => id))
        after = pageInfo.hasNextPage ? pageInfo.endCursor : null
      }
      const backwards: (string | null)[] = []
      for (let before: string | null | undefined; before !== null; ) {
        const { nodes, pageInfo } = await this.page(where, { last: size, before })
        backwards.unshift(...nodes.map(({ id }) => id))
        before = pageInfo.hasPreviousPage ? pageInfo.startCursor : null
      }
      expect(backwards).toEqual(found)
      return found
    },
  }
}

export type PropertiesOf = ReturnType<typeof propertiesOf>

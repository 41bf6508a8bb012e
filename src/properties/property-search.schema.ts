import { builder } from '../graphql/builder.ts'
import { viewerOf } from '../graphql/context.ts'
import { pageArguments, pageComplexity, pageOf } from '../graphql/page.ts'
import { requires } from '../graphql/permission.ts'
import { propertyPolicy } from './property-policy.ts'
import type { PropertySearches } from './property-search-service.ts'
import type { PropertyTarget } from './property-target.ts'
import { PropertyLocationRef } from './property-value.schema.ts'

declare module '../graphql/context.ts' {
  interface Services {
    readonly propertySearch: PropertySearches
  }
}

const PropertyTargetRef = builder.objectRef<PropertyTarget>('PropertyTarget').implement({
  description: 'An object that has a property.',
  fields: (t) => ({
    location: t.expose('location', { type: PropertyLocationRef, description: 'The kind of object.' }),
    id: t.id({
      nullable: true,
      description: 'The id of the object; null for the license itself.',
      resolve: ({ location, id }) => (location === 'LICENSE' ? null : id),
    }),
  }),
})

const PropertyTargetConnectionRef = builder.connectionObject(
  {
    type: PropertyTargetRef,
    name: 'PropertyTargetConnection',
    description: 'A page of the objects that were found, sorted by the bytes of their ids.',
  },
  { name: 'PropertyTargetEdge', description: 'An object that was found.' },
)

const PropertySearchInput = builder.inputType('PropertySearchInput', {
  description: 'What to search for. Set exactly one of `exists`, `values`, `excludeValues` and `words`.',
  fields: (t) => ({
    location: t.field({ type: PropertyLocationRef, required: true, description: 'The kind of objects to search.' }),
    namespace: t.string({ required: true, description: 'The namespace of the property.' }),
    name: t.string({ required: true, description: 'The name of the property.' }),
    exists: t.boolean({
      description: 'True finds objects that have the property, whatever its value. False is not supported.',
    }),
    values: t.field({
      type: ['JSON'],
      description: 'Finds objects with one of these values: 1 to 100 values of the property’s type.',
    }),
    excludeValues: t.field({
      type: ['JSON'],
      description: 'Finds objects that have the property with none of these values: 1 to 100 values of its type.',
    }),
    words: t.string({
      description:
        'Finds objects whose TOKENIZED_STRING contains all of these words: 1 to 32, in any order. A word is a run of letters and digits. Words are compared as a whole, ignoring case. Emoji are not words, and a text without spaces, as in Japanese, is one word.',
    }),
  }),
})

builder.queryField('propertySearch', (t) =>
  t.field({
    ...requires(propertyPolicy.read),
    type: PropertyTargetConnectionRef,
    description:
      'Searches for objects by the value of a property that you may read. Finds only bot agents that you may see. Fails with BAD_USER_INPUT if the search is not valid.',
    complexity: pageComplexity,
    args: {
      where: t.arg({ type: PropertySearchInput, required: true, description: 'What to search for.' }),
      ...pageArguments,
    },
    resolve: (_root, { where, ...page }, context, info) =>
      context.propertySearch.find(viewerOf(context), context.loaded, where, pageOf(page, info)),
  }),
)

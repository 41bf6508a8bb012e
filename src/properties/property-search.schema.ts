import { builder } from '../graphql/builder.ts'
import { viewerOf } from '../graphql/context.ts'
import { pageArguments, pageComplexity } from '../graphql/page.ts'
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
  description: 'Something that has a property.',
  fields: (t) => ({
    location: t.expose('location', { type: PropertyLocationRef, description: 'What kind of thing it is.' }),
    id: t.id({
      nullable: true,
      description: 'Which one; null for the license itself.',
      resolve: ({ location, id }) => (location === 'LICENSE' ? null : id),
    }),
  }),
})

const PropertyTargetConnectionRef = builder.connectionObject(
  {
    type: PropertyTargetRef,
    name: 'PropertyTargetConnection',
    description: 'A page of what was found, in the order of the ids as bytes.',
  },
  { name: 'PropertyTargetEdge', description: 'Something that was found.' },
)

const PropertySearchInput = builder.inputType('PropertySearchInput', {
  description: 'What to look for: exactly one of `exists`, `values`, `excludeValues` and `words`.',
  fields: (t) => ({
    location: t.field({ type: PropertyLocationRef, required: true, description: 'Where to look.' }),
    namespace: t.string({ required: true, description: 'The namespace of the property.' }),
    name: t.string({ required: true, description: 'Its name in there.' }),
    exists: t.boolean({ description: 'True: what has the property, whatever its value.' }),
    values: t.field({ type: ['JSON'], description: 'What has one of these values: 1 to 100 of the property’s type.' }),
    excludeValues: t.field({
      type: ['JSON'],
      description: 'What has the property with none of these values: 1 to 100 of its type.',
    }),
    words: t.string({
      description:
        'For TOKENIZED_STRING: what has all of these words, 1 to 32, in any order. Words are runs of letters and digits, compared without case and as a whole; emoji are none, and a text without spaces, as in Japanese, is one.',
    }),
  }),
})

builder.queryField('propertySearch', (t) =>
  t.field({
    ...requires(propertyPolicy.read),
    type: PropertyTargetConnectionRef,
    description:
      'What has a property that you may read, by the value. Bot agents are found by those who see them. BAD_USER_INPUT for what can’t be looked for.',
    complexity: pageComplexity,
    args: {
      where: t.arg({ type: PropertySearchInput, required: true, description: 'What to look for.' }),
      ...pageArguments,
    },
    resolve: (_root, { where, ...page }, context) =>
      context.propertySearch.find(viewerOf(context), context.loaded, where, page),
  }),
)

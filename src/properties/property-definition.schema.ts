import type { PropertyAccess, PropertyType } from '../database/client/client.ts'
import { builder } from '../graphql/builder.ts'
import { viewerOf } from '../graphql/context.ts'
import { sizeOf } from '../graphql/loaded.ts'
import { mutation } from '../graphql/mutation.ts'
import { requires } from '../graphql/permission.ts'
import type { PropertyDefinition } from './property-definition.ts'
import type { PropertyDefinitions } from './property-definition-service.ts'
import { propertyPolicy } from './property-policy.ts'

declare module '../graphql/context.ts' {
  interface Services {
    readonly propertyDefinitions: PropertyDefinitions
  }
}

const PropertyTypeRef = builder.enumType('PropertyType', {
  description: 'What the values of a property are. Specification: Properties.',
  values: {
    INT: { description: 'Whole numbers of 32 bits: 1.0 is one, 1.5 is not.' },
    BOOL: { description: 'True or false.' },
    STRING: { description: 'Text of up to 16 KiB of UTF-8.' },
    TOKENIZED_STRING: { description: 'Such a text whose words can be searched for.' },
  } satisfies Record<PropertyType, object>,
})

const PropertyAccessRef = builder.enumType('PropertyAccess', {
  description: 'What an application may do with values of a property. Neither contains the other.',
  values: {
    READ: { description: 'See and search them.' },
    WRITE: { description: 'Set and delete them.' },
  } satisfies Record<PropertyAccess, object>,
})

const describe = {
  name: '1 to 255 characters, each one of A to Z, a to z, 0 to 9, `_`, `.` and `-`.',
  type: 'What its values are.',
  domain: 'The values that it may have: 1 to 100 of its type, strings of up to 255 characters.',
  range: 'The numbers that it may have; for INT alone, and not beside a `domain`.',
  access: 'What applications other than the owner may do with its values.',
}

const IntRangeRef = builder.objectRef<{ from: number; to: number }>('IntRange').implement({
  description: 'Numbers from one to another, both included.',
  fields: (t) => ({
    from: t.exposeInt('from', { description: 'The least.' }),
    to: t.exposeInt('to', { description: 'The greatest.' }),
  }),
})

const PropertyDefinitionRef = builder.objectRef<PropertyDefinition>('PropertyDefinition').implement({
  description: 'A property that things of the license can have. It stays as it was defined.',
  fields: (t) => ({
    namespace: t.exposeString('namespace', {
      description:
        'The application that owns it, by its client id. The namespace `test` is in every license, for everyone, and nobody’s.',
    }),
    name: t.exposeString('name', { description: describe.name }),
    type: t.expose('type', { type: PropertyTypeRef, description: describe.type }),
    domain: t.field({
      type: ['JSON'],
      nullable: true,
      description: describe.domain,
      resolve: ({ domain }, _args, { loaded }) => {
        loaded.spend(sizeOf(domain))
        return domain && [...domain]
      },
    }),
    range: t.expose('range', { type: IntRangeRef, nullable: true, description: describe.range }),
    access: t.field({ type: [PropertyAccessRef], description: describe.access, resolve: ({ access }) => [...access] }),
  }),
})

builder.queryField('propertyDefinitions', (t) =>
  t.field({
    ...requires(propertyPolicy.read),
    type: [PropertyDefinitionRef],
    description:
      'The properties of your application, those of `test`, and those of others in the license that you may read or write; by namespace and name.',
    args: { namespace: t.arg.string({ description: 'Those of this namespace alone.' }) },
    resolve: async (_root, { namespace }, context) => [
      ...(await context.propertyDefinitions.list(viewerOf(context), context.loaded, namespace ?? null)),
    ],
  }),
)

const IntRangeInput = builder.inputType('IntRangeInput', {
  description: 'Numbers from one to another, both included.',
  fields: (t) => ({
    from: t.int({ required: true, description: 'The least.' }),
    to: t.int({ required: true, description: 'The greatest, not less than `from`.' }),
  }),
})

mutation('createProperty', {
  ...requires(propertyPolicy.write),
  description:
    'Defines a property in the namespace of your application, up to 200 in a license. A name that is taken is CONFLICT, also with the same definition.',
  input: {
    description: 'A property in the namespace of your application, which is its client id.',
    fields: (t) => ({
      name: t.string({ required: true, description: describe.name }),
      type: t.field({ type: PropertyTypeRef, required: true, description: describe.type }),
      domain: t.field({ type: ['JSON'], description: describe.domain }),
      range: t.field({ type: IntRangeInput, description: describe.range }),
      access: t.field({ type: [PropertyAccessRef], description: `${describe.access} Nothing if left out.` }),
    }),
  },
  run: (input, context) => context.propertyDefinitions.create(viewerOf(context), input),
  payload: {
    description: 'The property, or what was wrong with the input.',
    fields: (t) => ({
      property: t.expose('result', {
        type: PropertyDefinitionRef,
        nullable: true,
        description: 'As it is defined; null on failure.',
      }),
    }),
  },
})

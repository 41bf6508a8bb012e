import type { PropertyAccess, PropertyType } from '../database/client/client.ts'
import { builder } from '../graphql/builder.ts'
import { viewerOf } from '../graphql/context.ts'
import { sizeOf } from '../graphql/loaded.ts'
import { type InputFields, mutation, type PayloadFields } from '../graphql/mutation.ts'
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
  description: 'The type of the values of a property. Specification: Properties.',
  values: {
    INT: { description: 'A whole number of 32 bits. 1.0 is valid, 1.5 is not.' },
    BOOL: { description: 'True or false.' },
    STRING: { description: 'Text of up to 16 KiB of UTF-8.' },
    TOKENIZED_STRING: { description: 'Text of up to 16 KiB of UTF-8 whose words can be searched for.' },
  } satisfies Record<PropertyType, object>,
})

const PropertyAccessRef = builder.enumType('PropertyAccess', {
  description: 'What an application may do with the values of a property. Neither includes the other.',
  values: {
    READ: { description: 'See and search them.' },
    WRITE: { description: 'Set and delete them.' },
  } satisfies Record<PropertyAccess, object>,
})

const describe = {
  name: 'The name: 1 to 255 characters out of A to Z, a to z, 0 to 9, `_`, `.` and `-`.',
  type: 'The type of its values.',
  domain: 'The allowed values: 1 to 100 values of its type, strings of up to 255 characters.',
  range: 'The allowed range of numbers. Only for INT, and not together with a `domain`.',
  access: 'What applications other than the owner may do with its values.',
}

const IntRangeRef = builder.objectRef<{ from: number; to: number }>('IntRange').implement({
  description: 'A range of numbers; both ends are included.',
  fields: (t) => ({
    from: t.exposeInt('from', { description: 'The smallest number.' }),
    to: t.exposeInt('to', { description: 'The largest number.' }),
  }),
})

const PropertyDefinitionRef = builder.objectRef<PropertyDefinition>('PropertyDefinition').implement({
  description:
    'The definition of a property that objects in the license can have. It can be changed while the property has no values.',
  fields: (t) => ({
    namespace: t.exposeString('namespace', {
      description:
        'The client id of the application that owns it. The namespace `test` exists in every license; nobody owns it, and everyone may use it.',
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
      'The properties of your application, those of the namespace `test`, and those of other applications in the license that you may read or write. Sorted by namespace and name.',
    args: { namespace: t.arg.string({ description: 'Only properties of this namespace.' }) },
    resolve: async (_root, { namespace }, context) => [
      ...(await context.propertyDefinitions.list(viewerOf(context), context.loaded, namespace ?? null)),
    ],
  }),
)

const IntRangeInput = builder.inputType('IntRangeInput', {
  description: 'A range of numbers; both ends are included.',
  fields: (t) => ({
    from: t.int({ required: true, description: 'The smallest number.' }),
    to: t.int({ required: true, description: 'The largest number, not less than `from`.' }),
  }),
})

const definition = {
  input: {
    description: 'The property to define in the namespace of your application, which is its client id.',
    fields: (t: InputFields) => ({
      name: t.string({ required: true, description: describe.name }),
      type: t.field({ type: PropertyTypeRef, required: true, description: describe.type }),
      domain: t.field({ type: ['JSON'], description: describe.domain }),
      range: t.field({ type: IntRangeInput, description: describe.range }),
      access: t.field({ type: [PropertyAccessRef], description: `${describe.access} Defaults to nothing.` }),
    }),
  },
  payload: {
    description: 'The property, or what is wrong with the input.',
    fields: (t: PayloadFields<PropertyDefinition>) => ({
      property: t.expose('result', {
        type: PropertyDefinitionRef,
        nullable: true,
        description: 'The definition; null on failure.',
      }),
    }),
  },
}

mutation('createProperty', {
  ...requires(propertyPolicy.write),
  description:
    'Defines a property in the namespace of your application, which may have at most 200 in a license. Fails with CONFLICT if the name is already defined, even with the same definition.',
  ...definition,
  run: (input, context) => context.propertyDefinitions.create(viewerOf(context), input),
})

mutation('updateProperty', {
  ...requires(propertyPolicy.write),
  description:
    'Replaces the definition of a property of your application: what the input leaves out is as in a new definition. Fails with CONFLICT if the property has a value anywhere in the license.',
  ...definition,
  input: { ...definition.input, description: 'The property of your application, by its name, as it is to be defined.' },
  run: (input, context) => context.propertyDefinitions.update(viewerOf(context), input),
})

mutation('deleteProperty', {
  ...requires(propertyPolicy.write),
  description:
    'Deletes the definition of a property of your application. Its name may then be defined again. Fails with CONFLICT if the property has a value anywhere in the license; `deleteProperties` deletes values.',
  input: {
    description: 'The property of your application.',
    fields: (t) => ({ name: t.string({ required: true, description: describe.name }) }),
  },
  run: (input, context) => context.propertyDefinitions.delete(viewerOf(context), input),
  payload: {
    description: 'The name of the property, or what is wrong with the input.',
    fields: (t) => ({
      name: t.string({
        nullable: true,
        description: 'The name of the deleted definition; null on failure.',
        resolve: ({ result }) => result?.name ?? null,
      }),
    }),
  },
})

import { builder } from '../graphql/builder.ts'
import type { Header } from './static-headers.ts'

export const HeaderRef = builder.objectRef<Header>('Header').implement({
  description: 'A header of an HTTP message.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name, which may be in upper or lower case.' }),
    value: t.exposeString('value', { description: 'The value; `…` if it is a secret.' }),
  }),
})

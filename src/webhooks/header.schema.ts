import { builder } from '../graphql/builder.ts'
import type { Header } from '../outbound/kept-headers.ts'

export const HeaderRef = builder.objectRef<Header>('Header').implement({
  description: 'A header of an HTTP message.',
  fields: (t) => ({
    name: t.string({ description: 'Its name, in lower case.', resolve: ([name]) => name }),
    value: t.string({ description: 'Its value.', resolve: ([, value]) => value }),
  }),
})

import type { Viewer } from '../identity/viewer.ts'
import { builder } from './builder.ts'
import { viewerOf } from './context.ts'
import { requires } from './permission.ts'

const ViewerRef = builder.objectRef<Viewer>('Viewer').implement({
  description: 'Who calls: an application in one license.',
  fields: (t) => ({
    licenseId: t.exposeInt('licenseId', { description: 'The license, outside of which nothing can be seen.' }),
    clientId: t.exposeString('clientId', { description: 'The application: its bot agents are “my” bot agents.' }),
    scopes: t.field({
      type: ['String'],
      description: 'The scopes of the access token, as it names them: `rw` contains `ro`, `all` contains `my`.',
      resolve: ({ scopes }) => [...scopes],
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the access token ends, and with it its sockets and streams; null if it does not.',
    }),
  }),
})

builder.queryField('viewer', (t) =>
  t.field({
    ...requires({}),
    type: ViewerRef,
    description: 'Who calls, and what the access token allows.',
    resolve: (_root, _args, context) => viewerOf(context),
  }),
)

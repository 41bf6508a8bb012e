import type { Viewer } from '../identity/viewer.ts'
import { builder } from './builder.ts'
import { viewerOf } from './context.ts'
import { requires } from './permission.ts'

const ViewerRef = builder.objectRef<Viewer>('Viewer').implement({
  description: 'The caller: an application in one license.',
  fields: (t) => ({
    licenseId: t.exposeInt('licenseId', { description: 'The license. Nothing outside it is visible.' }),
    clientId: t.exposeString('clientId', {
      description: 'The client id of the application. Scopes with `my` cover the bot agents that it owns.',
    }),
    scopes: t.field({
      type: ['String'],
      description: 'The scopes of the access token, as it lists them. `rw` includes `ro`, and `all` includes `my`.',
      resolve: ({ scopes }) => [...scopes],
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When the access token expires, which also ends its sockets and streams; null if it does not expire.',
    }),
  }),
})

builder.queryField('viewer', (t) =>
  t.field({
    ...requires({}),
    type: ViewerRef,
    description: 'The caller, and what its access token allows.',
    resolve: (_root, _args, context) => viewerOf(context),
  }),
)

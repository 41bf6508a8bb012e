import { MOST_NAMED } from '../contract/identifier.ts'
import type { AuditAction } from '../database/client/client.ts'
import { builder } from '../graphql/builder.ts'
import { viewerOf } from '../graphql/context.ts'
import { pageArguments, pageComplexity } from '../graphql/page.ts'
import { requires } from '../graphql/permission.ts'
import type { AuditEntry } from './audit-entry.ts'
import { type AuditTrail, auditTrailPolicy } from './audit-trail.ts'

declare module '../graphql/context.ts' {
  interface Services {
    readonly auditTrail: AuditTrail
  }
}

const AuditActionRef = builder.enumType('AuditAction', {
  description: 'What was done to a bot agent.',
  values: {
    CREATED: { description: 'It was created.' },
    UPDATED: { description: 'It was updated, whether that made a difference or not.' },
    REMOVED: { description: 'It was removed.' },
    REVOKED: { description: 'It was logged out, since the access token that its log-in hung on was revoked.' },
    REPLAYED: { description: 'Webhooks were sent to it again.' },
    PINGED: { description: 'A webhook was sent to it to try its destination.' },
    ENABLED: { description: 'Its webhooks were enabled.' },
    SECRET_READ: {
      description:
        'The secret key of its webhooks was read. What one access token reads from one address within ten minutes is one entry.',
    },
    PROPERTIES_SET: { description: 'Properties of it were set.' },
    PROPERTIES_DELETED: { description: 'Properties of it were deleted.' },
  } satisfies Record<AuditAction, object>,
})

const AuditEntryRef = builder.objectRef<AuditEntry>('AuditEntry').implement({
  description: 'What was done to a bot agent, by whom, from where and when.',
  fields: (t) => ({
    id: t.exposeID('id', { description: '`aud_…`' }),
    botAgentId: t.exposeID('botAgentId', { description: 'The bot agent, also once it is removed.' }),
    action: t.expose('action', { type: AuditActionRef, description: 'What was done.' }),
    replayed: t.exposeInt('replayed', {
      nullable: true,
      description: 'How many webhooks were sent again; null where the action is not REPLAYED.',
    }),
    clientId: t.exposeString('clientId', {
      nullable: true,
      description: 'The application that did it; null where none has called, as when an issuer revokes a token.',
    }),
    accessTokenHash: t.string({
      nullable: true,
      description:
        'A keyed hash of the access token that did it, in hex: what one token did has the same, until the encryption key changes.',
      resolve: ({ accessTokenHash: hash }) => hash && Buffer.from(hash).toString('hex'),
    }),
    address: t.exposeString('address', { nullable: true, description: 'The IP address from which it was done.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was done.' }),
  }),
})

const AuditEntryConnectionRef = builder.connectionObject(
  { type: AuditEntryRef, name: 'AuditEntryConnection', description: 'A page of the audit trail, the newest first.' },
  { name: 'AuditEntryEdge', description: 'An entry in the audit trail.' },
)

builder.queryField('auditTrail', (t) =>
  t.field({
    ...requires(auditTrailPolicy.read),
    type: AuditEntryConnectionRef,
    description:
      'Who did what to the bot agents of your application, removed ones too, and read their secrets. Not those of another one, whatever your scopes.',
    complexity: pageComplexity,
    args: {
      botAgentIds: t.arg.idList({ description: `What was done to these bot agents only, at most ${MOST_NAMED}.` }),
      ...pageArguments,
    },
    resolve: (_root, { botAgentIds, ...page }, context) =>
      context.auditTrail.list(viewerOf(context), context.loaded, { ...(botAgentIds && { botAgentIds }), ...page }),
  }),
)

import { createContextCache } from '@pothos/core'
import { MOST_NAMED } from '../contract/identifier.ts'
import type { AuditAction } from '../database/client/client.ts'
import { builder } from '../graphql/builder.ts'
import { type Context, viewerOf } from '../graphql/context.ts'
import { pageArguments, pageComplexity, pageOf } from '../graphql/page.ts'
import { requires, requiresToOwn } from '../graphql/permission.ts'
import type { AuditEntry } from './audit-entry.ts'
import { type AuditTrail, auditTrailPolicy } from './audit-trail.ts'

declare module '../graphql/context.ts' {
  interface Services {
    readonly auditTrail: AuditTrail
  }
}

const AuditActionRef = builder.enumType('AuditAction', {
  description: 'Something that was done to a bot agent, or that the gateway did to its webhooks.',
  values: {
    CREATED: { description: 'The bot agent was created.' },
    UPDATED: { description: 'It was updated, even if nothing changed.' },
    REMOVED: { description: 'It was removed.' },
    REVOKED: { description: 'It was logged out, because the access token that its log-in was tied to was revoked.' },
    REPLAYED: { description: 'Webhooks were replayed.' },
    PINGED: { description: 'A ping or an example was sent to the destination of its webhooks.' },
    ENABLED: { description: 'Its webhooks were enabled, or set again while they were paused or disabled.' },
    WEBHOOKS_PAUSED: { description: 'The gateway paused its webhooks: their destination fails.' },
    WEBHOOKS_DISABLED: {
      description: 'The gateway disabled its webhooks: their destination answered 410, or failed for too long.',
    },
    WEBHOOKS_RECOVERED: { description: 'Its webhooks were paused, and are active again: a probe has succeeded.' },
    WEBHOOKS_GAVE_UP: {
      description:
        'Webhooks were given up: their attempts are used up. Those that are given up at the same moment share one entry.',
    },
    SECRET_READ: {
      description:
        'The secret key of its webhooks was read. Reads with one access token from one address within ten minutes share one entry.',
    },
    PROPERTIES_SET: { description: 'Some of its properties were set.' },
    PROPERTIES_DELETED: { description: 'Some of its properties were deleted.' },
  } satisfies Record<AuditAction, object>,
})

const loader = createContextCache((context: Context) => context.auditTrail.loader(viewerOf(context), context.loaded))

const AuditEntryRef = builder.objectRef<AuditEntry>('AuditEntry')

builder.node(AuditEntryRef, {
  ...requiresToOwn(auditTrailPolicy.read),
  name: 'AuditEntry',
  description: 'An entry in the audit trail: what was done to a bot agent, by whom, from where and when.',
  id: { resolve: ({ id }) => id, description: 'The id of the entry: `aud_…`.' },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'ownerClientId' in value,
  loadWithoutCache: (id: string, context: Context) => loader(context).load(id),
  fields: (t) => ({
    botAgentId: t.exposeID('botAgentId', {
      description: 'The id of the bot agent, which may have been removed since.',
    }),
    action: t.expose('action', { type: AuditActionRef, description: 'What was done.' }),
    replayed: t.exposeInt('replayed', {
      nullable: true,
      description: 'How many webhooks were replayed; null unless the action is REPLAYED.',
    }),
    gaveUp: t.exposeInt('gaveUp', {
      nullable: true,
      description: 'How many webhooks were given up; null unless the action is WEBHOOKS_GAVE_UP.',
    }),
    clientId: t.exposeString('clientId', {
      nullable: true,
      description:
        'The client id of the application that did it; null if no application did, for example when an issuer revokes a token or the gateway pauses webhooks.',
    }),
    accessTokenHash: t.string({
      nullable: true,
      description:
        'A keyed hash of the access token that was used, in hex. It is the same for all entries of one token, until the encryption key changes.',
      resolve: ({ accessTokenHash: hash }) => hash && Buffer.from(hash).toString('hex'),
    }),
    address: t.exposeString('address', { nullable: true, description: 'The IP address of the caller.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was done.' }),
  }),
})

const AuditEntryConnectionRef = builder.connectionObject(
  { type: AuditEntryRef, name: 'AuditEntryConnection', description: 'A page of the audit trail, newest first.' },
  { name: 'AuditEntryEdge', description: 'An entry in the audit trail.' },
)

builder.queryField('auditTrail', (t) =>
  t.field({
    ...requires(auditTrailPolicy.read),
    type: AuditEntryConnectionRef,
    description:
      'Who changed the bot agents of your application, or read their secrets. Includes bot agents that have been removed, but never those of other applications, whatever your scopes.',
    complexity: pageComplexity,
    args: {
      botAgentIds: t.arg.idList({ description: `Only entries of these bot agents, at most ${MOST_NAMED}.` }),
      ...pageArguments,
    },
    resolve: (_root, { botAgentIds, ...page }, context, info) =>
      context.auditTrail.list(viewerOf(context), context.loaded, {
        ...(botAgentIds && { botAgentIds }),
        ...pageOf(page, info),
      }),
  }),
)

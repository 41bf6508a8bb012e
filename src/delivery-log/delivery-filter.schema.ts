import { MOST_NAMED } from '../contract/identifier.ts'
import type { WebhookDeliveryState } from '../database/client/client.ts'
import { builder } from '../graphql/builder.ts'
import { WebhookActionRef } from '../webhooks/webhooks.schema.ts'
import { MOST_IN_FILTER } from './delivery-filter.ts'
import { WebhookAttemptErrorRef } from './webhook-attempt.schema.ts'

const OF_LAST_ATTEMPT = 'Attempts from before this filter was added are not known to it.'

export const WebhookDeliveryStateRef = builder.enumType('WebhookDeliveryState', {
  description: 'The state of a delivery.',
  values: {
    PENDING: { description: 'The delivery waits for its next attempt.' },
    SUCCEEDED: { description: 'The destination responded with a 2xx status.' },
    FAILED: { description: 'All attempts have failed.' },
    HELD: { description: 'The webhooks of the bot agent are disabled. The delivery is kept and can be replayed.' },
    CANCELLED: { description: 'The bot agent or its webhooks were removed.' },
  } satisfies Record<WebhookDeliveryState, object>,
})

const StatusCodeRangeRef = builder.inputType('StatusCodeRange', {
  description: 'HTTP statuses, such as 500 to 599. Both ends belong to it.',
  fields: (t) => ({
    from: t.int({ required: true, description: 'The first status: 100 to 999.' }),
    to: t.int({ required: true, description: 'The last status: `from` to 999.' }),
  }),
})

export const WebhookDeliveryFilterRef = builder.inputType('WebhookDeliveryFilter', {
  description:
    'Which deliveries to take: those that pass each test. A test that is absent or null passes all, and an empty list passes none.',
  fields: (t) => ({
    states: t.field({ type: [WebhookDeliveryStateRef], description: 'In one of these states.' }),
    botAgentIds: t.idList({ description: `To one of these bot agents, at most ${MOST_NAMED}.` }),
    actions: t.field({ type: [WebhookActionRef], description: 'Triggered by one of these actions.' }),
    errors: t.field({
      type: [WebhookAttemptErrorRef],
      description: `Whose last attempt failed with one of these errors. ${OF_LAST_ATTEMPT}`,
    }),
    statusCodes: t.field({
      type: [StatusCodeRangeRef],
      description: `Whose last attempt got a response with a status in one of these ranges, at most ${MOST_IN_FILTER}. ${OF_LAST_ATTEMPT}`,
    }),
    chatId: t.string({
      description:
        'Of an event in this chat. Deliveries of other applications that carried data that you may not read are not found by it.',
    }),
    chatEventId: t.id({
      description:
        'Of this event: `evt_…`. Deliveries of other applications that carried data that you may not read are not found by it.',
    }),
    replayed: t.boolean({ description: 'True: that were replayed at least once. False: that never were.' }),
    ping: t.boolean({ description: 'True: pings. False: no pings.' }),
    createdSince: t.field({ type: 'DateTime', description: 'Created at this time or later.' }),
    createdUntil: t.field({ type: 'DateTime', description: 'Created at this time or earlier.' }),
  }),
})

import { createContextCache } from '@pothos/core'
import { MOST_NAMED } from '../contract/identifier.ts'
import { deliveryPolicy } from '../deliveries/delivery-policy.ts'
import { builder } from '../graphql/builder.ts'
import { type Context, viewerOf } from '../graphql/context.ts'
import { requires } from '../graphql/permission.ts'
import { WebhooksRef, WebhooksStateRef } from '../webhooks/webhooks.schema.ts'
import { WebhookAttemptErrorRef } from './webhook-attempt.schema.ts'
import {
  mostBucketsOf,
  type StatisticsInterval,
  type WebhookErrorCount,
  type WebhookStatisticsBucket,
  type WebhooksHealth,
} from './webhook-statistics.ts'
import type { WebhookStatistics } from './webhook-statistics-service.ts'

declare module '../graphql/context.ts' {
  interface Services {
    readonly webhookStatistics: WebhookStatistics
  }
}

const StatisticsIntervalRef = builder.enumType('StatisticsInterval', {
  description: 'How long the buckets of statistics are. They begin at whole minutes, hours and days of UTC.',
  values: {
    MINUTE: { description: 'A minute: kept for 24 hours.' },
    HOUR: { description: 'An hour: kept for 30 days.' },
    DAY: { description: 'A day, from midnight to midnight UTC: the sum of its hours.' },
  } satisfies Record<StatisticsInterval, object>,
})

const WebhookErrorCountRef = builder.objectRef<WebhookErrorCount>('WebhookErrorCount').implement({
  description: 'How many attempts failed with one error.',
  fields: (t) => ({
    error: t.expose('error', { type: WebhookAttemptErrorRef, description: 'Why they failed.' }),
    count: t.exposeInt('count', { description: 'How many.' }),
  }),
})

const uncertain =
  'It is at most 10 % or 1 ms off. Attempts that were interrupted do not count. Null if there were none.'

const WebhookStatisticsBucketRef = builder.objectRef<WebhookStatisticsBucket>('WebhookStatisticsBucket').implement({
  description:
    'What became of webhooks in one minute, hour or day. Everything counts when it happens: a webhook may match in one bucket and be delivered in the next. Pings and examples do not count.',
  fields: (t) => ({
    from: t.expose('from', { type: 'DateTime', description: 'When it begins.' }),
    to: t.expose('to', { type: 'DateTime', description: 'When it ends; this moment belongs to the next one.' }),
    matched: t.exposeInt('matched', {
      description: 'Deliveries that were made: an event counts once for each bot agent that it matched.',
    }),
    delivered: t.exposeInt('delivered', {
      description:
        'Attempts that succeeded. A delivery that is replayed can succeed again. `delivered` and `failed` together are all attempts.',
    }),
    failed: t.exposeInt('failed', {
      description: 'Attempts that failed, replays and interrupted ones included: the sum of `failuresByError`.',
    }),
    retried: t.exposeInt('retried', {
      description:
        'Of the failed attempts, those after which the gateway tries again by itself. The others were the last of their delivery: it FAILED, or is HELD.',
    }),
    held: t.exposeInt('held', {
      description: 'Deliveries that became HELD, at once or while they waited, because the webhooks are DISABLED.',
    }),
    failuresByError: t.field({
      type: [WebhookErrorCountRef],
      description: 'The failed attempts by error, without errors that did not happen.',
      complexity: { field: 1, multiplier: 2 },
      resolve: ({ failuresByError }) => [...failuresByError],
    }),
    p50Ms: t.exposeInt('p50Ms', {
      nullable: true,
      description: `Half of all attempts took at most this long, in milliseconds. ${uncertain}`,
    }),
    p95Ms: t.exposeInt('p95Ms', {
      nullable: true,
      description: `95 % of all attempts took at most this long, in milliseconds. ${uncertain}`,
    }),
  }),
})

const WebhookStatisticsRef = builder
  .objectRef<{ nodes: readonly WebhookStatisticsBucket[] }>('WebhookStatistics')
  .implement({
    description: 'What became of webhooks in a time.',
    fields: (t) => ({
      nodes: t.field({
        type: [WebhookStatisticsBucketRef],
        description: 'A bucket for each minute, hour or day of the time, oldest first, also where nothing happened.',
        complexity: { field: 0, multiplier: 1 },
        resolve: ({ nodes }) => [...nodes],
      }),
    }),
  })

const WebhooksHealthRef = builder.objectRef<WebhooksHealth>('WebhooksHealth').implement({
  description:
    'How the webhooks of a bot agent fare. Attempts are added within seconds; pings and examples do not count.',
  fields: (t) => ({
    state: t.expose('state', { type: WebhooksStateRef, description: 'Whether webhooks are being sent.' }),
    since: t.expose('since', {
      type: 'DateTime',
      description:
        'When they got into this state. If that was before the gateway recorded it: when they began to fail, or when the bot agent was created.',
    }),
    lastSuccessAt: t.expose('lastSuccessAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When an attempt last succeeded; null if none has for 30 days.',
    }),
    lastFailureAt: t.expose('lastFailureAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When an attempt last failed; null if none has for 30 days.',
    }),
    failuresInARow: t.exposeInt('failuresInARow', {
      description: 'Failed attempts since the last success. At ten the webhooks are paused.',
    }),
    nextProbeAt: t.expose('nextProbeAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the next webhook is sent as a probe, if one waits; null unless the webhooks are PAUSED.',
    }),
    failureRate24h: t.exposeFloat('failureRate24h', {
      nullable: true,
      description:
        'How many percent of the attempts failed, from 0 to 100, in this hour and the 23 before it. Being told to wait (429 with `Retry-After`) counts as failed here. Null if there were none.',
    }),
  }),
})

const health = createContextCache((context: Context) => {
  viewerOf(context)
  return context.webhookStatistics.healthLoader(context.loaded)
})

builder.objectField(WebhooksRef, 'health', (t) =>
  t.field({
    type: WebhooksHealthRef,
    description: 'How they fare: for a light beside each bot agent.',
    resolve: (webhooks, _args, context) => health(context).load(webhooks),
  }),
)

builder.queryField('webhookStatistics', (t) =>
  t.field({
    ...requires(deliveryPolicy.read),
    type: WebhookStatisticsRef,
    description:
      'What became of the webhooks to the bot agents of your application, or to all bot agents in the license, by minute, hour or day. Numbers are added within seconds. They stay when a bot agent is removed.',
    complexity: (args) => ({ field: 1, multiplier: mostBucketsOf(args, new Date()) }),
    args: {
      botAgentIds: t.arg.idList({
        description: `Only webhooks to these bot agents, added up: at most ${MOST_NAMED}, and at most 50 for 30 days or 25 for 24 hours of minutes.`,
      }),
      all: t.arg.boolean({
        defaultValue: false,
        description: 'Include the bot agents of every application in the license.',
      }),
      from: t.arg({
        type: 'DateTime',
        description:
          'The beginning; the bucket that it lies in is whole. Defaults to an hour, a day or 30 days before `to`, for minutes, hours and days. Minutes reach back 24 hours, hours and days 30 days.',
      }),
      to: t.arg({
        type: 'DateTime',
        description:
          'The end; the bucket that it lies in is whole. Defaults to now, and is never later than this bucket.',
      }),
      interval: t.arg({ type: StatisticsIntervalRef, required: true, description: 'How long each bucket is.' }),
    },
    resolve: async (_root, { all, botAgentIds, ...range }, context) => ({
      nodes: await context.webhookStatistics.buckets(viewerOf(context), context.loaded, {
        all: all ?? false,
        ...(botAgentIds && { botAgentIds }),
        ...range,
      }),
    }),
  }),
)

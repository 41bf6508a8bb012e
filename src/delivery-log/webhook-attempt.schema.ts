import type { WebhookAttemptError } from '../database/client/client.ts'
import { builder } from '../graphql/builder.ts'
import type { Context } from '../graphql/context.ts'
import type { AttemptTimings } from '../outbound/attempt-detail.ts'
import type { Header } from '../outbound/kept-headers.ts'
import { HeaderRef } from '../webhooks/header.schema.ts'
import { explanationOf } from './attempt-explanation.ts'
import type { WebhookAttempt } from './webhook-delivery.ts'

export const WebhookAttemptErrorRef = builder.enumType('WebhookAttemptError', {
  description: 'Why an attempt failed.',
  values: {
    HTTP_STATUS: { description: 'The response had a status other than 2xx. Redirects are not followed.' },
    TIMEOUT: { description: 'The attempt took too long, from looking up the host name to the end of the response.' },
    DNS: { description: 'The host name could not be resolved.' },
    CONNECTION: {
      description: 'The connection failed in another way: there is no route, for example, or the response is not HTTP.',
    },
    CONNECTION_REFUSED: { description: 'Nothing listens at the address and port.' },
    CONNECTION_RESET: { description: 'The connection was closed or reset before a response began.' },
    RESPONSE_BROKEN_OFF: { description: 'The connection was closed or reset in the middle of the response.' },
    TLS: { description: 'The certificate is not valid, or TLS failed in another way.' },
    BLOCKED_ADDRESS: { description: 'The address of the destination is not public.' },
    INTERRUPTED: {
      description:
        'The gateway stopped unexpectedly during the attempt, or just before it. The webhook may have arrived; it is sent again.',
    },
  } satisfies Record<WebhookAttemptError, object>,
})

const AttemptTimingsRef = builder.objectRef<AttemptTimings & { readonly total: number }>('AttemptTimings').implement({
  description:
    'How long the phases of an attempt took, in milliseconds. A phase is null if the attempt did not come to it, or if a connection that was open already made it unnecessary. A phase that did not end counts up to the end of the attempt.',
  fields: (t) => ({
    lookupMs: t.exposeInt('lookup', { nullable: true, description: 'Looking up the host name.' }),
    connectMs: t.exposeInt('connect', { nullable: true, description: 'Opening the connection.' }),
    tlsMs: t.exposeInt('tls', { nullable: true, description: 'The TLS handshake.' }),
    firstByteMs: t.exposeInt('firstByte', {
      nullable: true,
      description: 'Waiting for the first byte of the response, from when the request was sent.',
    }),
    readMs: t.exposeInt('read', { nullable: true, description: 'Reading the response.' }),
    totalMs: t.exposeInt('total', {
      description:
        'The whole attempt, the same as `durationMs`. What the phases leave of it went into waiting for a connection.',
    }),
  }),
})

const confidential = 'also for other applications if the webhook carried data that they may not read'

function spent(headers: readonly Header[], { loaded }: Context) {
  for (const [name, value] of headers) loaded.spend(24 + name.length + value.length)
  return headers.map(([name, value]) => ({ name, value }))
}
export const WebhookAttemptRef = builder.objectRef<WebhookAttempt>('WebhookAttempt').implement({
  description: 'One attempt to send a webhook.',
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'The number of the attempt, from 1.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When the attempt started.' }),
    durationMs: t.exposeInt('durationMs', { description: 'How long it took, in milliseconds.' }),
    statusCode: t.exposeInt('statusCode', {
      nullable: true,
      description: 'The HTTP status of the response; null if there was none.',
    }),
    error: t.expose('error', {
      type: WebhookAttemptErrorRef,
      nullable: true,
      description: 'Why the attempt failed; null if it succeeded.',
    }),
    responseBody: t.string({
      nullable: true,
      resolve: ({ responseBody }, _args, { loaded }) => {
        loaded.spend(responseBody?.length ?? 0)
        return responseBody
      },
      description:
        'The first 4 KiB of the body of the response. Invalid UTF-8 is replaced, and secret keys are masked as `…`. Null if there was no response; also null for other applications if the webhook carried data that they may not read.',
    }),
    responseBodyCut: t.exposeBoolean('responseBodyCut', {
      description: 'Whether the body of the response was longer than what is kept in `responseBody`.',
    }),
    replay: t.exposeBoolean('replay', {
      description: 'Whether it was a replay, not an attempt of the retry schedule.',
    }),
    explanation: t.string({
      nullable: true,
      resolve: explanationOf,
      description: 'Why the attempt failed, for people, and what to do; null if it succeeded.',
    }),
    gateway: t.exposeString('gateway', {
      nullable: true,
      description:
        'The id of the gateway that made it, which is `gateway` in each line of the log of that gateway. Null for attempts by an earlier release.',
    }),
    address: t.string({
      nullable: true,
      resolve: ({ detail }) => detail?.address ?? null,
      description: `The IP address and port that it reached, or else the last one that it tried. Null if it came to none; ${confidential}.`,
    }),
    timings: t.field({
      type: AttemptTimingsRef,
      nullable: true,
      resolve: ({ detail, durationMs }) => detail && { ...detail.timings, total: durationMs },
      description: 'How long each phase took; null if no request was made, and for attempts by an earlier release.',
    }),
    requestHeaders: t.field({
      type: [HeaderRef],
      resolve: ({ detail }, _args, context) => spent(detail?.requestHeaders ?? [], context),
      description: `The headers of the request, those that the owner has added last, whatever the order in which they were sent, with \`…\` for secret values; also in place of the signatures, if you may not read the secret key of the bot agent. Empty if no request was made; ${confidential}.`,
    }),
    responseHeaders: t.field({
      type: [HeaderRef],
      resolve: ({ detail }, _args, context) => spent(detail?.responseHeaders ?? [], context),
      description: `The first 50 headers of the response, up to 8 KiB, with secret keys masked as \`…\`. Empty if there was no response; ${confidential}.`,
    }),
  }),
})

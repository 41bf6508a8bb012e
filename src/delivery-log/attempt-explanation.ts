import type { AttemptDetail } from '../outbound/attempt-detail.ts'
import { retryAfterOf } from '../outbound/retry-after.ts'
import type { WebhookAttempt } from './webhook-delivery.ts'

/** What is known of an attempt. */
export type ExplainedAttempt = Pick<
  WebhookAttempt,
  'error' | 'statusCode' | 'startedAt' | 'durationMs' | 'detail' | 'ping'
>

/** @returns in a sentence or two for people why an attempt failed, and what to do; null if it succeeded */
export function explanationOf(attempt: ExplainedAttempt): string | null {
  const { error, statusCode, durationMs, detail } = attempt
  switch (error) {
    case null:
      return null
    case 'HTTP_STATUS':
      return explainedStatus(statusCode ?? 0) + waiting(attempt)
    case 'TIMEOUT':
      return explainedTimeout(detail, seconds(durationMs))
    case 'DNS':
      return 'The host name of the URL could not be resolved. Check its spelling, and that it has an A or AAAA record that the gateway can see.'
    case 'CONNECTION_REFUSED':
      return `Nothing listens at ${at(detail)}. Start the server there, or correct the URL of the webhooks.`
    case 'CONNECTION_RESET':
      return `The connection to ${at(detail)} was closed before a response began. Look in the log of the server, or of a proxy in front of it, and check that the URL has the right scheme and port.`
    case 'RESPONSE_BROKEN_OFF':
      return `The connection to ${at(detail)} was closed in the middle of the response. Look in the log of the server for a crash, or for a \`Content-Length\` that is too large.`
    case 'TLS':
      return explainedTls(detail?.cause ?? null)
    case 'BLOCKED_ADDRESS':
      return 'The host of the URL has an address that is not public, and webhooks may not go there. Use a public address, or ask the operator of the gateway to allow the network in WEBHOOK_ALLOWED_NETWORKS.'
    case 'INTERRUPTED':
      return 'The gateway stopped unexpectedly during the attempt. The webhook may have arrived. It is sent again with the same `webhook-id`, unless this was the last attempt.'
    case 'CONNECTION':
      return explainedConnection(detail)
  }
}

function at(detail: AttemptDetail | null): string {
  return detail?.address ?? 'the address of the URL'
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`
}

const statuses: Readonly<Record<number, string>> = {
  400: 'The destination could not read the webhook (400). The response may say why.',
  401: 'The destination does not accept the signature or lacks a credential (401). Compare the secret key on both sides, and check the clock of the server.',
  403: 'The destination refused the webhook (403). Check its firewall or proxy, and the secret key on both sides.',
  404: 'There is nothing at the path of the URL (404). Correct the URL of the webhooks, or add the path to the server.',
  405: 'The path of the URL takes no POST requests (405). Correct the URL of the webhooks, or let the server accept POST there.',
  408: 'The destination did not get the whole request in time (408). Check a proxy in front of it.',
  410: 'The destination wants no more webhooks (410). Unless this was a test, the webhooks of the bot agent are disabled: call `enableWebhooks` if it should get them again.',
  413: 'The webhook is too large for the destination (413). Let the server accept bodies of 1 MiB.',
  429: 'The destination gets too many webhooks at the moment (429).',
  502: 'A proxy in front of the destination got no valid response from it (502). Check that the server runs.',
  503: 'The destination is not available at the moment (503). Check that the server runs, and is not overloaded.',
  504: 'A proxy in front of the destination waited too long for it (504). Respond first, and work on the webhook afterwards.',
}

/** @returns a further sentence: what the destination said, or could say, of when to try again. A ping is not tried again */
function waiting({ statusCode, startedAt, durationMs, detail, ping }: ExplainedAttempt): string {
  const asksToWait = statusCode === 429 || statusCode === 503
  if (!asksToWait || ping) return ''
  const values = (detail?.responseHeaders ?? []).flatMap(([name, value]) => (name === 'retry-after' ? value : []))
  const asked = retryAfterOf(values, startedAt.getTime() + durationMs)
  if (asked !== null && statusCode === 429) {
    return ` It asked to wait for ${seconds(asked)}, which does not count as a failure as long as the retry schedule lasts.`
  }
  if (asked !== null) return ` It asked to wait for ${seconds(asked)}, so the next attempt is no earlier.`
  return statusCode === 429 ? ' If it sends `Retry-After`, this does not count as a failure.' : ''
}

function explainedStatus(status: number): string {
  const known = statuses[status]
  if (known) return known
  if (status < 400)
    return `The destination answered with a redirect (${status}), which is not followed. Set the URL of the webhooks to where it leads.`
  if (status < 500) return `The destination refused the webhook (${status}). The response may say why.`
  return `The destination failed to handle the webhook (${status}). Look in the log of the server.`
}

/** @param time how long the attempt took */
function explainedTimeout(detail: AttemptDetail | null, time: string): string {
  if (!detail) return `The attempt was not over after ${time}. Respond first, and work on the webhook afterwards.`
  const { lookup, connect, tls, firstByte, read } = detail.timings
  if (read !== null)
    return `The response began, but was not complete after ${time}. Send a short response, and end it at once.`
  if (firstByte !== null)
    return `The destination took the webhook, but did not respond within ${time}. Respond first, and work on the webhook afterwards.`
  if (tls !== null)
    return `The TLS handshake with ${at(detail)} was not over after ${time}. Check that the server speaks TLS at this port, and is not overloaded.`
  if (connect !== null)
    return `No connection to ${at(detail)} could be opened within ${time}. Check that the server runs, and that no firewall drops the connection.`
  if (lookup !== null)
    return `The host name of the URL was not resolved within ${time}. Check the name servers of its domain.`
  return `All connections to this destination were busy for ${time}. Respond faster, or take webhooks at more than one origin.`
}

const certificates: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'The certificate of the destination has expired. Renew it.',
  CERT_NOT_YET_VALID: 'The certificate of the destination is not valid yet. Check its dates, and the clocks.',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'The certificate of the destination is for another host name. Use a name that is in the certificate, or get one for this name.',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'The certificate of the destination is self-signed. Get one from a public certificate authority.',
  SELF_SIGNED_CERT_IN_CHAIN:
    'The certificate of the destination is from an authority that the gateway does not know. Get one from a public certificate authority.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'The destination does not send the whole chain of its certificate. Configure the server to send the intermediate certificates as well.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'The certificate of the destination is from an authority that the gateway does not know, or the chain is not whole. Send the intermediate certificates as well.',
}

function explainedTls(cause: string | null): string {
  const known = cause === null ? undefined : certificates[cause]
  return (
    known ??
    `TLS failed${cause === null ? '' : ` (${cause})`}. Check that the server speaks TLS 1.2 or 1.3 at the port of the URL, and that its certificate is valid.`
  )
}

const unreachable = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL'])

function explainedConnection(detail: AttemptDetail | null): string {
  if (!detail) return 'The gateway could not make the request. Its operator finds the reason in the log of the gateway.'
  const { cause } = detail
  if (cause === null)
    return `What came from ${at(detail)} is not HTTP/1.1. Check that the URL has the right scheme and port, and that the headers of the response have at most 16 KiB.`
  if (unreachable.has(cause))
    return `There is no route to ${at(detail)} (${cause}). Check the address of the host, and the network between.`
  return `The connection to ${at(detail)} failed (${cause}). Check the server and the network between.`
}

import type { AttemptDetail, AttemptTimings } from '../outbound/attempt-detail.ts'
import type { Header } from '../outbound/kept-headers.ts'

/** The column `detail` of an attempt, as JSON. There is one for each attempt, so what is absent or the same for all is left out. */
export interface StoredDetail {
  readonly address?: string
  readonly cause?: string
  /** Milliseconds: look-up, connecting, TLS, first byte, reading. */
  readonly ms: readonly (number | null)[]
  /** The values of `sent` that differ, in its order. */
  readonly sent: readonly (string | null)[]
  /** Other headers of the request. */
  readonly more?: readonly Header[]
  /** Headers of the response. */
  readonly received?: readonly Header[]
}

/** The headers of each webhook; null: the value is stored. A value that is changed here changes in the log of earlier attempts as well. */
const sent: readonly (readonly [name: string, value: string | null])[] = [
  ['host', null],
  ['connection', 'keep-alive'],
  ['content-type', 'application/json'],
  ['user-agent', 'bot-agent-gateway'],
  ['webhook-id', null],
  ['webhook-timestamp', null],
  ['webhook-signature', null],
  ['accept-encoding', 'identity'],
  ['content-length', null],
]
const known = new Map(sent)
/** It is the id of the delivery. */
const ID = 'webhook-id'
const differing = sent.flatMap(([name, value]) => (value === null && name !== ID ? name : []))

export function storedDetail({
  address,
  cause,
  timings,
  requestHeaders,
  responseHeaders,
}: AttemptDetail): StoredDetail {
  const { lookup, connect, tls, firstByte, read } = timings
  const given = new Map(requestHeaders)
  const more = requestHeaders.filter(([name, value]) => (known.get(name) ?? value) !== value || !known.has(name))
  return {
    ...(address !== null && { address }),
    ...(cause !== null && { cause }),
    ms: [lookup, connect, tls, firstByte, read],
    sent: differing.map((name) => given.get(name) ?? null),
    ...(more.length > 0 && { more }),
    ...(responseHeaders.length > 0 && { received: responseHeaders }),
  }
}

/** @param id of the delivery */
export function detailOf(
  { address, cause, ms, sent: values, more, received }: StoredDetail,
  id: string,
): AttemptDetail {
  const [lookup = null, connect = null, tls = null, firstByte = null, read = null] = ms
  const timings: AttemptTimings = { lookup, connect, tls, firstByte, read }
  const stored = new Map<string, string | null>([
    [ID, id],
    ...differing.map((name, index) => [name, values[index] ?? null] as const),
  ])
  const other = new Map(more)
  const common = sent.flatMap(([name, value]): Header[] => {
    const is = other.has(name) ? null : (value ?? stored.get(name) ?? null)
    return is === null ? [] : [[name, is]]
  })
  return {
    address: address ?? null,
    cause: cause ?? null,
    timings,
    requestHeaders: [...common, ...(more ?? [])],
    responseHeaders: received ?? [],
  }
}

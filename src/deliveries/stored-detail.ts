import type { AttemptDetail, AttemptTimings } from '../outbound/attempt-detail.ts'
import type { Header } from '../outbound/kept-headers.ts'

/**
 * The column `detail` of an attempt, as JSON. There is one for each attempt, and each byte of it is parsed, logged and kept: so what is
 * absent, or the same for most, is left out.
 */
export interface StoredDetail {
  readonly address?: string
  readonly cause?: string
  /** Milliseconds: look-up, connecting and TLS, which are left out if the connection was open; first byte, reading. */
  readonly ms: readonly (number | null)[]
  /** The values of `sent` that differ, in its order; null for a timestamp that is the second in which the attempt began. */
  readonly sent: readonly (string | null)[]
  /** Other headers of the request. */
  readonly more?: readonly Header[]
  /** Headers of the response, or their places in `received`. */
  readonly received?: readonly (Header | number)[]
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
const usual = new Map(sent)
/** It is the id of the delivery. */
const ID = 'webhook-id'
const TIMESTAMP = 'webhook-timestamp'
const differing = sent.flatMap(([name, value]) => (value === null && name !== ID ? name : []))
const placeOf = new Map(differing.map((name, place) => [name, place]))

/** Headers that many responses have. Those of earlier attempts are stored as places in this list, so it may only get longer. */
const received: readonly Header[] = [
  ['connection', 'keep-alive'],
  ['keep-alive', 'timeout=5'],
  ['content-length', '0'],
  ['content-length', '2'],
  ['transfer-encoding', 'chunked'],
  ['server', 'nginx'],
  ['content-type', 'application/json'],
  ['content-type', 'text/plain; charset=utf-8'],
]
const receivedPlaces = new Map(
  Map.groupBy(received, ([name]) => name)
    .entries()
    .map(([name, same]) => [name, new Map(same.map((header) => [header[1], received.indexOf(header)]))]),
)

/**
 * This runs once for each webhook, so it makes few objects.
 * @param startedAt when the attempt began
 */
export function storedDetail(detail: AttemptDetail, startedAt: Date): StoredDetail {
  const { address, cause, timings, requestHeaders, responseHeaders } = detail
  const { lookup, connect, tls, firstByte, read } = timings
  const isOpen = lookup === null && connect === null && tls === null
  const values: (string | null)[] = differing.map(() => null)
  const more: Header[] = []
  for (const header of requestHeaders) {
    const [name, value] = header
    const place = placeOf.get(name)
    if (place === undefined) {
      if (usual.get(name) !== value && name !== ID) more.push(header)
    } else if (name !== TIMESTAMP || value !== secondOf(startedAt)) values[place] = value
  }
  return {
    ...(address !== null && { address }),
    ...(cause !== null && { cause }),
    ms: isOpen ? [firstByte, read] : [lookup, connect, tls, firstByte, read],
    sent: values,
    ...(more.length > 0 && { more }),
    ...(responseHeaders.length > 0 && {
      received: responseHeaders.map((header) => receivedPlaces.get(header[0])?.get(header[1]) ?? header),
    }),
  }
}

function secondOf(time: Date): string {
  return `${Math.floor(time.getTime() / 1_000)}`
}

/** @param of the attempt: the id of its delivery, and when it began */
export function detailOf(
  { address, cause, ms, sent: values, more, received: places = [] }: StoredDetail,
  of: { deliveryId: string; startedAt: Date },
): AttemptDetail {
  const [firstByte = null, read = null] = ms.slice(-2)
  const [lookup = null, connect = null, tls = null] = ms.slice(0, -2)
  const timings: AttemptTimings = { lookup, connect, tls, firstByte, read }
  const others = new Set(more?.map(([name]) => name))
  const stored = (name: string) => values[placeOf.get(name) ?? -1] ?? null
  const differingValue = (name: string) => {
    if (name === ID) return of.deliveryId
    return stored(name) ?? (name === TIMESTAMP ? secondOf(of.startedAt) : null)
  }
  const common = sent.flatMap(([name, same]): Header[] => {
    const value = others.has(name) ? null : (same ?? differingValue(name))
    return value === null ? [] : [[name, value]]
  })
  return {
    address: address ?? null,
    cause: cause ?? null,
    timings,
    requestHeaders: [...common, ...(more ?? [])],
    responseHeaders: places.flatMap((place): Header[] => {
      const header = typeof place === 'number' ? received[place] : place
      return header ? [header] : []
    }),
  }
}

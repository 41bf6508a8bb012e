import { z } from 'zod'
import { botAgentIds } from '../contract/identifier.ts'
import { LOOKED_SIZE, lookThrough } from '../contract/looks.ts'
import { type Connection, type PageArguments, paginate, type Slice, type Stopped } from '../contract/pagination.ts'
import type { WebhookDeliveryState } from '../database/client/client.ts'
import type { Encryption } from '../database/encryption.ts'
import { deliveryPolicy } from '../deliveries/delivery-policy.ts'
import type { Loaded } from '../graphql/loaded.ts'
import { listed, reachOf } from '../identity/reach.ts'
import type { Viewer } from '../identity/viewer.ts'
import { type DeliveryOrder, deliveryCursors, deliveryOrders } from './delivery-cursor.ts'
import { both, deliveryFilter, isPlain } from './delivery-filter.ts'
import type { ListOrder } from './delivery-list.ts'
import { type DeliverySelection, numbersIn } from './delivery-ranges.ts'
import type { WebhookDelivery } from './webhook-delivery.ts'
import type { createWebhookDeliveryStore, ListedDelivery } from './webhook-delivery-store.ts'

export interface DeliveryListArguments extends PageArguments {
  readonly all: boolean
  readonly states?: readonly WebhookDeliveryState[] | null | undefined
  readonly botAgentIds?: readonly string[] | null | undefined
  /** In the form of deliveryFilter. */
  readonly filter?: object | null | undefined
  readonly orderBy?: DeliveryOrder | null | undefined
}

export interface Counted {
  readonly count: number
  readonly isExact: boolean
}

/** The number up to which a list is counted, and how many deliveries are looked at for that. */
const COUNTED = { most: 10_000, look: 100_000 }
/** As how many bytes that were loaded a count is taken: see `Loaded`. */
export const COUNT_SIZE = 256 * 1_024

export const deliverySize = ({ url }: WebhookDelivery) => 400 + url.length

/** The lists of deliveries. */
export function createDeliveryLists(options: {
  encryption: Encryption
  store: ReturnType<typeof createWebhookDeliveryStore>
}) {
  const { store } = options
  const cursors = deliveryCursors(options.encryption)

  const places = (licenseId: number, order: DeliveryOrder) => ({
    key: z
      .string()
      .transform((cursor) => cursors.decode(licenseId, order, cursor))
      .pipe(z.bigint()),
    keyOf: ({ number }: ListedDelivery) => cursors.encode(licenseId, order, number),
  })

  /** A filtered page stops when it has looked at many deliveries that do not pass. */
  const pageOf = async (
    selection: DeliverySelection,
    loaded: Loaded,
    { newestFirst }: ListOrder,
    slice: Slice<bigint>,
  ): Promise<{ rows: ListedDelivery[]; through: bigint | null }> => {
    if (isPlain(selection.filter)) {
      return { rows: await store.page(selection, slice, { newestFirst }), through: null }
    }
    return lookThrough(slice, ({ take, backwards, ...place }, look) => {
      loaded.spend(look * LOOKED_SIZE)
      return store.scan(selection, {
        numbers: numbersIn(place, newestFirst),
        descending: newestFirst !== backwards,
        take,
        look,
      })
    })
  }

  return {
    /** @throws RequestError BAD_USER_INPUT for a page or a filter that is not valid */
    async list(
      viewer: Viewer,
      loaded: Loaded,
      { all, states, botAgentIds: named, filter, orderBy, ...page }: DeliveryListArguments,
    ): Promise<Connection<ListedDelivery> & { counted: () => Promise<Counted> }> {
      const { licenseId, clientId } = viewer
      const order = orderBy ?? 'NEWEST_FIRST'
      const newestFirst = order === 'NEWEST_FIRST'
      const selection: DeliverySelection = {
        reach: listed(viewer, { all }),
        filter: both(deliveryFilter(filter ?? {}), {
          states: states ?? undefined,
          botAgentIds: named ? botAgentIds(named) : undefined,
        }),
        viewer: clientId,
      }
      const read = async (
        slice: Slice<bigint>,
      ): Promise<readonly ListedDelivery[] | Stopped<ListedDelivery, string>> => {
        let stoppedAt: bigint | null = null
        const nodes = await loaded.read(async () => {
          const { rows, through } = await pageOf(selection, loaded, { newestFirst }, slice)
          stoppedAt = through
          return rows
        }, deliverySize)
        return stoppedAt === null ? nodes : { nodes, at: cursors.encode(licenseId, order, stoppedAt) }
      }
      const connection = await paginate(page, {
        ...places(licenseId, order),
        mistaken(content) {
          const another = deliveryOrders.find(
            (other) =>
              other !== order && typeof content === 'string' && cursors.decode(licenseId, other, content) !== undefined,
          )
          if (!another) return undefined
          return `it comes from a list in the order ${another}, and this one is in the order ${order}. Start with the first page when you change \`orderBy\`.`
        },
        read,
      })
      return { ...connection, counted: countedOnce(loaded, () => store.count(selection, COUNTED)) }
    },

    /** Those of one event that the viewer may see, newest first. @throws as `list` */
    async ofEvent(
      viewer: Viewer,
      loaded: Loaded,
      chatEventId: string,
      page: PageArguments,
    ): Promise<Connection<ListedDelivery> & { counted: () => Promise<Counted> }> {
      const reach = reachOf(viewer, deliveryPolicy.read)
      const within = reach && { reach, viewer: viewer.clientId }
      const connection = await paginate(page, {
        ...places(viewer.licenseId, 'NEWEST_FIRST'),
        read: async (slice) =>
          within ? loaded.read(() => store.pageOfEvent(within, chatEventId, slice), deliverySize) : [],
      })
      const count = async () =>
        within ? store.countOfEvent(within, chatEventId, COUNTED.most) : { count: 0, isExact: true }
      return { ...connection, counted: countedOnce(loaded, count) }
    },
  }
}

/** @returns counts when it is first asked */
function countedOnce(loaded: Loaded, count: () => Promise<Counted>): () => Promise<Counted> {
  let counted: Promise<Counted> | undefined
  const read = async () => {
    const [found] = await loaded.read(
      async () => [await count()],
      () => COUNT_SIZE,
    )
    // An operation that has loaded too much is refused as a whole.
    return found ?? { count: 0, isExact: false }
  }
  return () => {
    counted ??= read()
    return counted
  }
}

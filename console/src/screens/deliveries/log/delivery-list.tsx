import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from 'react'
import { classNames } from '../../../design/class-names.ts'
import styles from './delivery-list.module.css'
import type { Delivery } from './delivery-log.ts'
import { DeliveryRow } from './delivery-row.tsx'

const narrow = matchMedia('(max-width: 63rem)')
const heightOfRow = () => (narrow.matches ? 76 : 44)
/** Rows from the end at which the next page is read. */
const NEAR_THE_END = 30
const PAGE = 10

/** The deliveries, of which only those in view are in the page. The arrow keys, Home and End go from one to the next. */
export function DeliveryList({
  rows,
  hasMore,
  nextPage,
  stale,
  shownId,
  passes,
  onMore,
}: {
  rows: readonly Delivery[]
  hasMore: boolean
  /** Another one for each page. */
  nextPage: unknown
  stale: boolean
  /** The delivery in the drawer. */
  shownId: string | undefined
  /** Whether a delivery still passes the filter. */
  passes: (delivery: Delivery) => boolean
  onMore: () => void
}) {
  const place = useRef<HTMLTableSectionElement>(null)
  const [offset, setOffset] = useState(0)
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: heightOfRow,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 8,
    // Otherwise it sets a timer with each frame.
    useScrollendEvent: true,
    scrollMargin: offset,
    // What sticks to the top of the window.
    scrollPaddingStart: 100,
    scrollPaddingEnd: 70,
  })
  // Filters above it may take more or less room with each rendering, but not while somebody scrolls, when measuring would take long.
  useLayoutEffect(() => {
    if (virtualizer.isScrolling) return
    const top = (place.current?.getBoundingClientRect().top ?? 0) + window.scrollY
    if (Math.abs(top - offset) > 1) setOffset(top)
  })
  useEffect(() => {
    const measure = () => virtualizer.measure()
    narrow.addEventListener('change', measure)
    return () => narrow.removeEventListener('change', measure)
  }, [virtualizer])

  const items = virtualizer.getVirtualItems()
  const readOn = useEffectEvent(onMore)
  const wanted = (items.at(-1)?.index ?? -1) >= rows.length - NEAR_THE_END ? nextPage : undefined
  useEffect(() => {
    if (wanted) readOn()
  }, [wanted])

  const [activeId, setActiveId] = useState<string>()
  const activeIndex = items.find(({ key }) => key === activeId)?.index ?? items[0]?.index
  /** The row that gets the focus as soon as it is in the page. */
  const focusWanted = useRef<string>(undefined)
  useEffect(() => {
    const link = focusWanted.current && document.getElementById(focusWanted.current)
    if (!link) return
    focusWanted.current = undefined
    link.focus({ preventScroll: true })
  })
  const go = (event: KeyboardEvent) => {
    const from = activeIndex ?? 0
    const to = {
      ArrowDown: from + 1,
      j: from + 1,
      ArrowUp: from - 1,
      k: from - 1,
      PageDown: from + PAGE,
      PageUp: from - PAGE,
      Home: 0,
      End: rows.length - 1,
    }[event.key]
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    const target = rows[Math.min(Math.max(to, 0), rows.length - 1)]
    if (!target) return
    event.preventDefault()
    focusWanted.current = target.id
    setActiveId(target.id)
    virtualizer.scrollToIndex(rows.indexOf(target), { align: 'auto' })
  }

  return (
    <table
      aria-label="Deliveries"
      aria-busy={stale}
      aria-rowcount={hasMore ? -1 : rows.length + 1}
      className={classNames(styles.table, stale && styles.stale)}
    >
      <thead>
        <tr className={styles.head} aria-rowindex={1}>
          <th scope="col">Created</th>
          <th scope="col">State</th>
          <th scope="col">Action</th>
          <th scope="col">Bot</th>
          <th scope="col" className={styles.chatHead}>
            Chat
          </th>
          <th scope="col">Last attempt</th>
        </tr>
      </thead>
      <tbody ref={place} className={styles.rows} style={{ height: virtualizer.getTotalSize() }} onKeyDown={go}>
        {items.map((item) => {
          const delivery = rows[item.index]
          if (!delivery) return null
          return (
            <DeliveryRow
              key={item.key}
              delivery={delivery}
              index={item.index + 2}
              top={item.start - offset}
              isLast={item.index === rows.length - 1}
              isActive={item.index === activeIndex}
              isShown={delivery.id === shownId}
              passes={passes(delivery)}
              onFocus={setActiveId}
            />
          )
        })}
      </tbody>
    </table>
  )
}

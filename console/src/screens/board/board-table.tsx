import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type RefObject, useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from 'react'
import { classNames } from '../../design/class-names.ts'
import { BoardRow } from './board-row.tsx'
import styles from './board-table.module.css'
import { type BoardView, type Line, linesOf } from './board-view.ts'
import type { LiveBoard, StatusChange } from './use-board.ts'
import { useHours } from './use-hours.ts'

/** How long a row says why its status has changed. */
const TOLD_FOR = 20_000

/** The bots, of which only those in view are in the page. */
export function BoardTable({ board, view }: { board: LiveBoard; view: BoardView }) {
  const { list, changes, stale, more } = board
  const place = useRef<HTMLTableSectionElement>(null)
  const [offset, setOffset] = useState(0)
  const frame = useRef<HTMLDivElement>(null)
  const narrow = useNarrow(frame)
  const lines = linesOf(list?.bots ?? [], view)
  const rows = useWindowVirtualizer({
    count: lines.length,
    estimateSize: (index) => (lines[index]?.kind === 'group' ? 40 : narrow ? 80 : 56),
    getItemKey: (index) => lines[index]?.key ?? index,
    overscan: 8,
    scrollMargin: offset,
  })
  useLayoutEffect(() => setOffset(place.current?.offsetTop ?? 0), [])
  // The sizes of all lines have changed.
  useLayoutEffect(() => {
    if (narrow !== undefined) rows.measure()
  }, [narrow, rows])

  const shown = rows.getVirtualItems().flatMap((item) => {
    const line = lines[item.index]
    return line ? [{ item, line }] : []
  })
  const botsInView = shown.flatMap(({ line }) => (line.kind === 'bot' && line.bot.webhooks ? [line.bot.id] : []))
  const hours = useHours([...new Set(botsInView)], view.all)

  const last = shown.at(-1)?.item.index ?? -1
  const readOn = useEffectEvent(more)
  /** Where the next page begins, if the reader is near the end of this one. */
  const wanted = last >= lines.length - 10 ? list?.next : undefined
  useEffect(() => {
    if (wanted) readOn()
  }, [wanted])

  return (
    <div className={styles.frame} ref={frame}>
      <table
        aria-label="Bots"
        aria-rowcount={lines.length + 1}
        className={classNames(styles.table, stale && styles.stale)}
      >
        <thead>
          <tr className={styles.head} aria-rowindex={1}>
            <th scope="col">Bot</th>
            <th scope="col">Status</th>
            <th scope="col">{view.layout === 'groups' ? 'Priority' : 'Groups'}</th>
            <th scope="col">Max. chats</th>
            <th scope="col">Webhooks, last 24 hours</th>
            <th scope="col" className={styles.updated}>
              Updated
            </th>
          </tr>
        </thead>
        <tbody className={styles.rows} ref={place} style={{ height: rows.getTotalSize() }}>
          {shown.map(({ item, line }) => {
            const top = item.start - offset
            if (line.kind === 'group') return <GroupLine key={item.key} line={line} index={item.index + 2} top={top} />
            return (
              <BoardRow
                key={item.key}
                index={item.index + 2}
                top={top}
                bot={line.bot}
                priority={line.priority}
                change={lastChange(changes, line.bot.id)}
                hours={hours.get(line.bot.id)}
                showApplication={view.all}
              />
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function GroupLine({
  line: { group, count },
  index,
  top,
}: {
  line: Extract<Line, { kind: 'group' }>
  index: number
  top: number
}) {
  return (
    <tr className={styles.group} aria-rowindex={index} style={{ transform: `translateY(${top}px)` }}>
      <th scope="rowgroup" colSpan={6}>
        {group === undefined ? 'No group' : `Group ${group}`}
        <span className={styles.groupCount}>{count === 1 ? '1 bot' : `${count.toLocaleString()} bots`}</span>
      </th>
    </tr>
  )
}

function lastChange(changes: readonly StatusChange[], id: string): StatusChange | undefined {
  const change = changes.find(({ botAgentId }) => botAgentId === id)
  return change && Date.now() - Date.parse(change.changedAt) < TOLD_FOR ? change : undefined
}

/** Width at which a line has two rows, as in board-table.module.css. */
const NARROW = 736

function useNarrow(frame: RefObject<HTMLElement | null>): boolean {
  const [narrow, setNarrow] = useState(innerWidth <= NARROW)
  useLayoutEffect(() => {
    if (!frame.current) return
    const observer = new ResizeObserver(([entry]) => entry && setNarrow(entry.contentRect.width <= NARROW))
    observer.observe(frame.current)
    return () => observer.disconnect()
  }, [frame])
  return narrow
}

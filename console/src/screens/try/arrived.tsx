import type { ReactNode } from 'react'
import styles from './try.module.css'

/** A result, which may stand far from the button that asked for it. Each has a key of its own. */
export function Arrived({ children }: { children: ReactNode }) {
  return (
    <div className={styles.arrived} ref={bringIntoView}>
      {children}
    </div>
  )
}

function bringIntoView(result: Element | null): void {
  result?.scrollIntoView({ block: 'nearest' })
}

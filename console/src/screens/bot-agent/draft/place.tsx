import type { ReactNode } from 'react'
import { classNames } from '../../../design/class-names.ts'
import styles from './place.module.css'

/** Where the value of a path is edited. An error leads there. */
export function Place({ path, children, className }: { path: string; children: ReactNode; className?: string }) {
  return (
    <div className={classNames(styles.place, className)} data-path={path}>
      {children}
    </div>
  )
}

/** What is wrong with a list as a whole, which no single control shows. */
export function PlaceError({ error }: { error: string | undefined }) {
  return error ? <p className={styles.error}>{error}</p> : null
}

/** Moves the focus to where the value of a path is edited, or else to what is around it. */
export function goToPlace(form: HTMLElement, path: string): void {
  for (let steps = path.split('.'); steps.length > 0; steps = steps.slice(0, -1)) {
    const place = form.querySelector(`[data-path="${steps.join('.')}"]`)
    const control = place?.querySelector<HTMLElement>('[aria-invalid="true"], input, select, textarea, button')
    if (!control) continue
    control.focus()
    control.scrollIntoView({ block: 'center' })
    return
  }
}

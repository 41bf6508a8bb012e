import type { ReactNode } from 'react'
import { flushSync } from 'react-dom'
import { Button } from '../../../design/button.tsx'
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

/** A button below the list at the path, which leads to the row that it adds. @param props.count how many rows there are */
export function AddRow({
  path,
  count,
  onAdd,
  children,
}: {
  path: string
  count: number
  onAdd: () => void
  children: ReactNode
}) {
  return (
    <Place path={adding(path)}>
      <Button icon="plus" size="small" onClick={() => changeAndFocus(onAdd, `${path}.${count}`)}>
        {children}
      </Button>
    </Place>
  )
}

/** The path of the button that adds to what is at a path. */
export const adding = (path: string): string => `${path}.add`

/** Makes a change that adds or removes controls, and moves the focus to what is then at the path: the one that had it may be gone. */
export function changeAndFocus(change: () => void, path: string): void {
  flushSync(change)
  controlAt(path)?.focus()
}

/** Moves the focus to where the value of a path is edited, with what is wrong with it in sight. */
export function goToPlace(path: string): void {
  const control = controlAt(path)
  control?.focus()
  control?.scrollIntoView({ block: 'center' })
}

/** The first control at a path, or else of what is around it. */
function controlAt(path: string): HTMLElement | null {
  const place = document.querySelector(`[data-path="${path}"]`)
  const control = place?.querySelector<HTMLElement>('[aria-invalid="true"], input, select, textarea, button')
  const around = path.lastIndexOf('.')
  return control ?? (around < 0 ? null : controlAt(path.slice(0, around)))
}

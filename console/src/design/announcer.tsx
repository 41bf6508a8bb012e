import { useSyncExternalStore } from 'react'
import styles from './announcer.module.css'
import { IconButton } from './button.tsx'
import { classNames } from './class-names.ts'

interface Toast {
  readonly id: number
  readonly text: string
  readonly trouble: boolean
}

interface Said {
  /** For screen readers alone. */
  readonly spoken: string
  readonly toasts: readonly Toast[]
}

const SHOWN_FOR = 6_000

let said: Said = { spoken: '', toasts: [] }
let lastId = 0
const listeners = new Set<() => void>()

const change = (next: Partial<Said>) => {
  said = { ...said, ...next }
  for (const listener of listeners) listener()
}

const dismiss = (id: number) => change({ toasts: said.toasts.filter((toast) => toast.id !== id) })

/** Says something to those who can’t see what has changed. */
export function announce(text: string): void {
  // The same text twice in a row would not be read again.
  change({ spoken: said.spoken === text ? `${text}\u00a0` : text })
}

/** Says something to everybody, for a moment. @param options.trouble stays until it is dismissed */
export function toast(text: string, { trouble = false }: { trouble?: boolean } = {}): void {
  lastId += 1
  const id = lastId
  change({ toasts: [...said.toasts.slice(-2), { id, text, trouble }] })
  if (!trouble) setTimeout(() => dismiss(id), SHOWN_FOR)
}

export function Announcer() {
  const { spoken, toasts } = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => said,
  )
  return (
    <>
      <div className="visually-hidden" role="status" aria-live="polite">
        {spoken}
      </div>
      <div className={styles.toasts} role="log" aria-live="polite" aria-label="Notices">
        {toasts.map(({ id, text, trouble }) => (
          <div key={id} className={classNames(styles.toast, trouble && styles.trouble)}>
            <span>{text}</span>
            <IconButton icon="close" label="Dismiss" size="small" onClick={() => dismiss(id)} />
          </div>
        ))}
      </div>
    </>
  )
}

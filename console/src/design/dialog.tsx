import { Dialog as Primitive } from 'radix-ui'
import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react'
import { IconButton } from './button.tsx'
import styles from './overlay.module.css'

interface OverlayProps {
  open: boolean
  onClose: () => void
  title: ReactNode
  description?: ReactNode
  children?: ReactNode
}

/** Not the first button, which would look chosen: then keys scroll what is inside, and its title is read. */
function focusWhole(event: Event): void {
  event.preventDefault()
  if (event.target instanceof HTMLElement) event.target.focus()
}

/** Asks for something before anything else goes on. @param props.actions its buttons, the one that goes on last */
export function Dialog({
  open,
  onClose,
  title,
  description,
  children,
  actions,
}: OverlayProps & { actions?: ReactNode }) {
  return (
    <Primitive.Root open={open} onOpenChange={(open) => open || onClose()}>
      <Primitive.Portal>
        <Primitive.Overlay className={styles.veil} />
        <Primitive.Content
          className={styles.dialog}
          onOpenAutoFocus={focusWhole}
          {...(!description && { 'aria-describedby': undefined })}
        >
          <div className={styles.header}>
            <Primitive.Title asChild>
              <h2>{title}</h2>
            </Primitive.Title>
            <Primitive.Close asChild>
              <IconButton icon="close" label="Close" size="small" />
            </Primitive.Close>
          </div>
          {description && (
            <Primitive.Description asChild>
              <div className={styles.description}>{description}</div>
            </Primitive.Description>
          )}
          {children}
          {actions && <div className={styles.actions}>{actions}</div>}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  )
}

/** Where there is room for a list beside a drawer. */
const beside = matchMedia('(min-width: 72rem)')

/** Radix keeps Tab inside, even of what is not modal. */
function letTabOut(event: KeyboardEvent): void {
  if (event.key === 'Tab') event.stopPropagation()
}

/**
 * Shows one of many at the side of a list, from which another one can be chosen meanwhile, or over the list where it has no room.
 * @param props.backTo the id of the element that has the focus when it is closed; absent: what had it before
 */
export function Drawer({
  onClose,
  title,
  description,
  children,
  backTo,
}: Omit<OverlayProps, 'open'> & { backTo?: string }) {
  const opener = useRef<Element>(null)
  // It stays as it was opened: what is typed in it would be lost.
  const [modal] = useState(!beside.matches)
  return (
    <Primitive.Root modal={modal} open onOpenChange={(open) => open || onClose()}>
      <Primitive.Portal>
        <Primitive.Overlay className={styles.veil} />
        <Primitive.Content
          className={styles.drawer}
          onOpenAutoFocus={(event) => {
            opener.current = document.activeElement
            focusWhole(event)
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            // Unless another one has been opened meanwhile.
            if (document.activeElement !== document.body) return
            const target = (backTo && document.getElementById(backTo)) || opener.current
            if (target instanceof HTMLElement) target.focus()
          }}
          onInteractOutside={(event) => {
            if (!modal) event.preventDefault()
          }}
          {...(!description && { 'aria-describedby': undefined })}
        >
          {/* biome-ignore lint/a11y/noStaticElementInteractions: it takes no key away, but lets one pass. */}
          <div className={styles.inside} onKeyDown={modal ? undefined : letTabOut}>
            <div className={styles.header}>
              <div>
                <Primitive.Title asChild>
                  <h2>{title}</h2>
                </Primitive.Title>
                {description && (
                  <Primitive.Description asChild>
                    <div className={styles.description}>{description}</div>
                  </Primitive.Description>
                )}
              </div>
              <Primitive.Close asChild>
                <IconButton icon="close" label="Close" size="small" />
              </Primitive.Close>
            </div>
            <div className={styles.body}>{children}</div>
          </div>
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  )
}

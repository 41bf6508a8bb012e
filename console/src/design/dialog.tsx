import { Dialog as Primitive } from 'radix-ui'
import { type ReactNode, useRef } from 'react'
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
const beside = matchMedia('(min-width: 48rem)')

/** Shows one of many at the side of a list, from which another one can be chosen meanwhile. */
export function Drawer({ open, onClose, title, description, children }: OverlayProps) {
  const opener = useRef<Element>(null)
  return (
    <Primitive.Root modal={!beside.matches} open={open} onOpenChange={(open) => open || onClose()}>
      <Primitive.Portal>
        <Primitive.Content
          className={styles.drawer}
          onOpenAutoFocus={(event) => {
            opener.current = document.activeElement
            focusWhole(event)
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            // Unless another one has been opened meanwhile.
            if (document.activeElement === document.body && opener.current instanceof HTMLElement)
              opener.current.focus()
          }}
          onInteractOutside={(event) => event.preventDefault()}
          {...(!description && { 'aria-describedby': undefined })}
        >
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
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  )
}

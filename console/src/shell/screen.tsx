import { type ReactNode, useEffect } from 'react'
import styles from './screen.module.css'

/** A screen with its heading, which is also the title of the window. @param props.aside beside the heading @param props.actions at the end */
export function Screen({
  title,
  aside,
  actions,
  children,
}: {
  title: string
  aside?: ReactNode
  actions?: ReactNode
  children: ReactNode
}) {
  useEffect(() => {
    document.title = `${title} · Bot agents`
  }, [title])
  return (
    <>
      <div className={styles.head}>
        <div className={styles.title}>
          <h1>{title}</h1>
          {aside}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
      {children}
    </>
  )
}

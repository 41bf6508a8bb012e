import type { ReactNode } from 'react'
import styles from './badge.module.css'
import { classNames } from './class-names.ts'

/** The few colours with a meaning. */
export type Tone = 'ok' | 'waiting' | 'trouble' | 'off' | 'accent'

/** A state in a word. @param props.dot with a light in its colour */
export function Badge({ tone, dot = false, children }: { tone: Tone; dot?: boolean; children: ReactNode }) {
  return <span className={classNames(styles.badge, styles[tone], dot && styles.dot)}>{children}</span>
}

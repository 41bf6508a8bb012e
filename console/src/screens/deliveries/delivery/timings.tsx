import { classNames } from '../../../design/class-names.ts'
import { durationWords } from '../../../words/delivery-words.ts'
import type { WholeAttemptFragment } from './delivery.operations.ts'
import styles from './timings.module.css'

type PhasesOfAttempt = NonNullable<WholeAttemptFragment['timings']>

const phases = [
  ['lookupMs', 'Looking up the host', styles.lookup],
  ['connectMs', 'Connecting', styles.connect],
  ['tlsMs', 'TLS', styles.tls],
  ['firstByteMs', 'Waiting for the response', styles.firstByte],
  ['readMs', 'Reading it', styles.read],
] as const

/** Where the time of an attempt went. */
export function Timings({ timings }: { timings: PhasesOfAttempt }) {
  const known = phases.flatMap(([phase, label, look]) => {
    const milliseconds = timings[phase]
    return milliseconds === null ? [] : [{ label, look, milliseconds }]
  })
  const total = Math.max(1, timings.totalMs)
  const rest = timings.totalMs - known.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  const shown =
    rest > 0 ? [{ label: 'Waiting for a connection', look: styles.rest, milliseconds: rest }, ...known] : known
  return (
    <div className={styles.timings}>
      <div className={styles.bar} aria-hidden="true">
        {shown.map(({ label, look, milliseconds }) => (
          <span key={label} className={classNames(styles.phase, look)} style={{ flexGrow: milliseconds / total }} />
        ))}
      </div>
      <ul className={styles.legend} aria-label="Where the time went">
        {shown.map(({ label, look, milliseconds }) => (
          <li key={label}>
            <span className={classNames(styles.dot, look)} />
            {label} <span className={styles.time}>{durationWords(milliseconds)}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

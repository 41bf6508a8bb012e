import { Badge } from '../../../design/badge.tsx'
import { classNames } from '../../../design/class-names.ts'
import { Sentence } from '../../../design/sentence.tsx'
import { Time } from '../../../design/time.tsx'
import { attemptErrors, durationWords } from '../../../words/delivery-words.ts'
import { Body } from './body.tsx'
import styles from './delivery.module.css'
import type { WholeAttemptFragment } from './delivery.operations.ts'
import { Headers } from './headers.tsx'
import { Timings } from './timings.tsx'

/** Attempts that are kept. */
const MOST_KEPT = 200

/** What was tried, in the order of time. The last attempt is open. */
export function Attempts({ attempts, count }: { attempts: readonly WholeAttemptFragment[]; count: number }) {
  if (attempts.length === 0) return <p className={styles.hint}>It has not been sent yet.</p>
  return (
    <>
      {count > MOST_KEPT && <p className={styles.hint}>Only the last {MOST_KEPT} attempts are kept.</p>}
      <ol className={styles.attempts} aria-label="Attempts">
        {attempts.map((attempt) => (
          <Attempt key={attempt.number} attempt={attempt} isLast={attempt === attempts.at(-1)} />
        ))}
      </ol>
    </>
  )
}

function Attempt({ attempt, isLast }: { attempt: WholeAttemptFragment; isLast: boolean }) {
  const { number, startedAt, durationMs, replay, error, statusCode, explanation } = attempt
  return (
    <li className={classNames(styles.attempt, error ? styles.failed : styles.succeeded)}>
      <details open={isLast}>
        <summary>
          <strong>Attempt {number}</strong>
          <Badge tone={error ? 'trouble' : 'ok'}>{statusCode ?? (error && attemptErrors[error])}</Badge>
          {replay && <Badge tone="accent">Replay</Badge>}
          <span className={styles.hint}>
            <Time at={startedAt} />, {durationWords(durationMs)}
          </span>
        </summary>
        <div className={styles.detail}>
          {explanation && (
            <p>
              <Sentence text={explanation} />
            </p>
          )}
          {attempt.timings && <Timings timings={attempt.timings} />}
          <dl className={styles.facts}>
            {attempt.address && (
              <>
                <dt>Address</dt>
                <dd>
                  <code>{attempt.address}</code>
                </dd>
              </>
            )}
            {attempt.gateway && (
              <>
                <dt>Gateway</dt>
                <dd>
                  <code>{attempt.gateway}</code>
                </dd>
              </>
            )}
          </dl>
          {attempt.responseBody !== null && (
            <Body label={`Response to attempt ${number}`} text={attempt.responseBody} cut={attempt.responseBodyCut} />
          )}
          {attempt.responseHeaders.length > 0 && (
            <>
              <h3>Headers of the response</h3>
              <Headers label={`Headers of the response to attempt ${number}`} headers={attempt.responseHeaders} />
            </>
          )}
        </div>
      </details>
    </li>
  )
}

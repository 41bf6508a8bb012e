import { Badge } from '../../design/badge.tsx'
import { Copy } from '../../design/copy.tsx'
import { Sentence } from '../../design/sentence.tsx'
import { Time } from '../../design/time.tsx'
import { actionLabel } from '../../words/action-words.ts'
import { attemptErrors, deliveryStates } from '../../words/delivery-words.ts'
import { setOut } from './json-text.ts'
import styles from './try.module.css'
import type { TriedDeliveryFragment } from './try.operations.ts'

export type TriedDelivery = TriedDeliveryFragment

/** A webhook, and what became of it. @param props.open with its request and response in sight */
export function DeliveryCard({ delivery, open = false }: { delivery: TriedDelivery; open?: boolean }) {
  const { state, attempts, botAgent, action, requestBody, url, nextAttemptAt } = delivery
  const attempt = attempts.at(-1)
  const { label, tone } = deliveryStates[state]
  return (
    <article className={styles.delivery} aria-label={`${actionLabel(action)} to ${botAgent?.name ?? 'a removed bot'}`}>
      <div className={styles.line}>
        <strong>{botAgent?.name ?? 'Removed bot'}</strong>
        <span className={styles.muted}>{actionLabel(action)}</span>
        <Badge tone={tone}>{label}</Badge>
      </div>
      {attempt ? (
        <p className={styles.small}>
          {attempt.statusCode ? `Status ${attempt.statusCode}` : attempt.error && attemptErrors[attempt.error]} after{' '}
          {attempt.durationMs} ms
          {attempts.length > 1 && `, attempt ${attempt.number}`}
          {nextAttemptAt && (
            <>
              , again <Time at={nextAttemptAt} ago />
            </>
          )}
        </p>
      ) : (
        <p className={styles.small}>On its way to {url}</p>
      )}
      {attempt?.explanation && (
        <p className={styles.small}>
          <Sentence text={attempt.explanation} />
        </p>
      )}
      <details open={open}>
        <summary>Request and response</summary>
        {requestBody !== null && (
          <>
            <div className={styles.line}>
              <h4>Request to {url}</h4>
              <Copy value={requestBody} label="Copy the body of the request" />
            </div>
            <Code label="Body of the request" text={setOut(requestBody)} />
          </>
        )}
        {attempt && (
          <>
            <h4>Response</h4>
            {attempt.responseBody ? (
              <Code label="Body of the response" text={setOut(attempt.responseBody)} />
            ) : (
              <p className={styles.small}>It has no body.</p>
            )}
          </>
        )}
      </details>
    </article>
  )
}

function Code({ label, text }: { label: string; text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard.
    <section className={styles.code} tabIndex={0} aria-label={label}>
      <pre>{text}</pre>
    </section>
  )
}

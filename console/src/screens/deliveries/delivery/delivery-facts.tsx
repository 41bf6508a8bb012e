import { Time, useNow } from '../../../design/time.tsx'
import { Link } from '../../../route/link.tsx'
import { pathOf } from '../../../route/route.ts'
import { deliveryStates, durationWords } from '../../../words/delivery-words.ts'
import { pathOfDeliveries } from '../filter/delivery-view.ts'
import styles from './delivery.module.css'
import type { WholeDeliveryFragment } from './delivery.operations.ts'

export function DeliveryFacts({ delivery }: { delivery: WholeDeliveryFragment }) {
  const { botAgent, botAgentId, chatId, url, createdAt, finishedAt, nextAttemptAt, attemptsLeft, attemptsDurationMs } =
    delivery
  const message = messageOf(delivery.requestBody)
  return (
    <>
      <p>
        {deliveryStates[delivery.state].meaning}{' '}
        {nextAttemptAt && <NextAttempt at={nextAttemptAt} isPaused={botAgent?.webhooks?.state === 'PAUSED'} />}
      </p>
      <dl className={styles.facts}>
        <dt>Bot</dt>
        <dd>
          {botAgent ? (
            <Link to={pathOf({ screen: 'bot-agent', id: botAgentId })}>{botAgent.name}</Link>
          ) : (
            <>
              It has been removed: <code>{botAgentId}</code>
            </>
          )}
        </dd>
        {chatId && (
          <>
            <dt>Chat</dt>
            <dd>
              <Link to={pathOfDeliveries({ chat: chatId })}>{chatId}</Link>
            </dd>
          </>
        )}
        {message !== undefined && (
          <>
            <dt>Message</dt>
            <dd className={styles.message}>{message}</dd>
          </>
        )}
        <dt>Destination</dt>
        <dd>
          <code>{url}</code>
        </dd>
        <dt>Created</dt>
        <dd>
          <Time at={createdAt} />
        </dd>
        {finishedAt && (
          <>
            <dt>Finished</dt>
            <dd>
              <Time at={finishedAt} />
            </dd>
          </>
        )}
        {delivery.attemptCount > 0 && (
          <>
            <dt>Took</dt>
            <dd>
              {durationWords(attemptsDurationMs)}
              {delivery.attemptCount > 1 && ` in ${delivery.attemptCount} attempts`}
            </dd>
          </>
        )}
        {attemptsLeft > 0 && (
          <>
            <dt>Attempts left</dt>
            <dd>{attemptsLeft}</dd>
          </>
        )}
      </dl>
    </>
  )
}

/** What somebody wrote, if the webhook is about a message. */
function messageOf(requestBody: string | null): string | undefined {
  try {
    const text: unknown = JSON.parse(requestBody ?? '').data?.event?.text
    return typeof text === 'string' && text !== '' ? text : undefined
  } catch {
    return undefined
  }
}

/** Counts down to it. */
function NextAttempt({ at, isPaused }: { at: string; isPaused: boolean }) {
  const seconds = Math.ceil((Date.parse(at) - useNow(true)) / 1_000)
  if (isPaused) return 'The webhooks of the bot are paused, so it waits until another one has arrived.'
  if (seconds <= 0) return 'The next attempt is due now.'
  return (
    <>
      The next attempt is in <strong className={styles.countdown}>{clock(seconds)}</strong>, at <Time at={at} />.
    </>
  )
}

/** As in “1:05:09”. */
function clock(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60]
  const two = (part: number) => String(part).padStart(2, '0')
  return `${hours > 0 ? `${hours}:` : ''}${hours > 0 ? two(minutes) : minutes}:${two(seconds % 60)}`
}

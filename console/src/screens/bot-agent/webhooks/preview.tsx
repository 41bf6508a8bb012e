import { useMemo } from 'react'
import { Badge } from '../../../design/badge.tsx'
import { IconButton } from '../../../design/button.tsx'
import { LoadingState, Skeleton } from '../../../design/states.tsx'
import { Time } from '../../../design/time.tsx'
import { useQuery } from '../../../gateway/use-gateway.ts'
import { Link } from '../../../route/link.tsx'
import { pathOf } from '../../../route/route.ts'
import { useAllows } from '../../../session/use-session.ts'
import { Failure } from '../../../shell/failure.tsx'
import { actionLabel } from '../../../words/action-words.ts'
import type { ActionDraft } from '../draft/draft.ts'
import { subscriptionOf } from '../draft/input.ts'
import styles from './preview.module.css'
import { useSettled } from './use-settled.ts'
import { PreviewOfActions, type PreviewOfActionsQuery } from './webhooks.operations.ts'

/** While somebody types, nothing is asked. */
const TYPING = 400

/** Which of the last 100 events these actions would have made a webhook of, and why not the others. */
export function Preview({ actions }: { actions: readonly ActionDraft[] }) {
  const asked = useSettled(
    useMemo(() => JSON.stringify(actions.map(subscriptionOf)), [actions]),
    TYPING,
  )
  const { data, error, loading, reload } = useQuery(
    PreviewOfActions,
    asked === '[]' ? undefined : { actions: JSON.parse(asked) },
  )
  const events = data?.previewWebhooks
  const matched = events?.filter(({ explanation }) => explanation.matched).length
  const none = actions.length === 0
  return (
    <section className={styles.preview} aria-labelledby="preview-title" aria-busy={loading}>
      <div className={styles.head}>
        <h3 id="preview-title">Preview</h3>
        {!none && <IconButton icon="replay" label="Look again" size="small" onClick={reload} />}
      </div>
      <p className={styles.note} role="status">
        {none
          ? 'Once the bot listens to an action, you see here which of the last events it would have got.'
          : events && !error
            ? `It would have got ${matched} of the last ${events.length} events.`
            : 'Which of the last events would it have got?'}
      </p>
      {!none && !events && !error && (
        <LoadingState label="Loading the preview">
          <Skeleton height="18rem" />
        </LoadingState>
      )}
      {!none && error && (
        <div className={styles.failure}>
          {error.code === 'BAD_USER_INPUT' ? (
            <p className={styles.wrong}>{error.message}</p>
          ) : (
            <Failure {...{ error }} onRetry={reload} />
          )}
        </div>
      )}
      {!none && events && !error && <Events events={events} />}
      {!none && <Scopes />}
    </section>
  )
}

function Events({ events }: { events: PreviewOfActionsQuery['previewWebhooks'] }) {
  if (events.length === 0) {
    return (
      <p className={styles.empty}>
        There are no events yet. <Link to={`${pathOf({ screen: 'try' })}?do=event`}>Publish one</Link>
      </p>
    )
  }
  return (
    // A region that scrolls can be reached with the keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: axe asks for it.
    <ol className={styles.events} tabIndex={0} aria-label="Last events">
      {events.map(({ chatEvent, explanation: { matched, reasons } }) => {
        const why = reasons.find(({ held }) => !held) ?? reasons[0]
        return (
          <li key={chatEvent.id} data-matched={matched}>
            <div className={styles.event}>
              <Badge tone={matched ? 'ok' : 'off'}>{matched ? 'Matched' : 'Not matched'}</Badge>
              <span className={styles.action}>{actionLabel(chatEvent.action)}</span>
              <Time at={chatEvent.createdAt} />
            </div>
            {!matched && why && <p className={styles.why}>{why.message}</p>}
            {chatEvent.chatId && <p className={styles.chat}>chat {chatEvent.chatId}</p>}
          </li>
        )
      })}
    </ol>
  )
}

function Scopes() {
  const mayReadAll = useAllows('agents-bot--all:ro')
  const isPlatform = useAllows('chats--all:rw')
  if (isPlatform) return null
  return (
    <p className={styles.note}>
      {mayReadAll
        ? 'These are events that reached some bot of the license.'
        : 'These are events that reached a bot of your application, so a wider filter shows nothing new.'}{' '}
      To see all events, the token needs <code>chats--all:rw</code>.
    </p>
  )
}

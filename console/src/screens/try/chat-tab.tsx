import { useEffect, useRef, useState } from 'react'
import { Badge } from '../../design/badge.tsx'
import { Button } from '../../design/button.tsx'
import { classNames } from '../../design/class-names.ts'
import { Select, TextField } from '../../design/field.tsx'
import { Icon } from '../../design/icon.tsx'
import { ScopeNote } from '../../design/scope-note.tsx'
import { Segmented } from '../../design/segmented.tsx'
import { EmptyState, RefusedState } from '../../design/states.tsx'
import { useAllows } from '../../session/use-session.ts'
import { actionLabel } from '../../words/action-words.ts'
import { deliveryStates } from '../../words/delivery-words.ts'
import styles from './chat.module.css'
import { type Source, type Writer, writers } from './conversation.ts'
import { DeliveryCard, type TriedDelivery } from './delivery-card.tsx'
import tryStyles from './try.module.css'
import { type Line, usePlayground } from './use-playground.ts'

/** A small chat: what one writes is published as chat events, and what bots receive is seen beside it. It stays if a renewed token lacks the scope. */
export function ChatTab() {
  const mayPublish = useAllows('chats--all:rw')
  const [hasBegun, setHasBegun] = useState(mayPublish)
  if (mayPublish && !hasBegun) setHasBegun(true)
  if (!hasBegun) return <RefusedState scope="chats--all:rw" />
  return (
    <>
      {!mayPublish && <ScopeNote to="go on with this chat" scope="chats--all:rw" />}
      <fieldset className={tryStyles.whole} disabled={!mayPublish} aria-label="A conversation">
        <Playground />
      </fieldset>
    </>
  )
}

function Playground() {
  const maySee = useAllows('agents-bot--my:ro')
  const [source, setSource] = useState<Source>('website')
  const { lines, state, deliveries, failure, write, join, tag, close, restart } = usePlayground()
  const [writer, setWriter] = useState<Writer>('customer')
  const [text, setText] = useState('')
  const end = useRef<HTMLDivElement>(null)
  const isOpen = state === 'open'

  useEffect(() => {
    if (lines.length > 0) end.current?.scrollIntoView({ block: 'nearest' })
  }, [lines.length])

  const send = () => {
    if (text.trim() === '') return
    write(isOpen ? writer : 'customer', text.trim(), source)
    setText('')
  }

  return (
    <div className={tryStyles.columns}>
      <section className={styles.chat} aria-label="Chat">
        <div className={styles.head}>
          {state === 'new' ? (
            <Select
              label="Anna comes from"
              value={source}
              choices={[
                { value: 'website', label: 'The website' },
                { value: 'facebook', label: 'Facebook' },
              ]}
              onChange={setSource}
            />
          ) : (
            <div className={styles.buttons}>
              <Button size="small" disabled={!isOpen} onClick={join}>
                Tom joins
              </Button>
              <Button size="small" disabled={!isOpen} onClick={() => tag('sales')}>
                Tag as sales
              </Button>
              <Button size="small" disabled={!isOpen} onClick={close}>
                Close
              </Button>
              <Button size="small" look="quiet" onClick={restart}>
                New chat
              </Button>
            </div>
          )}
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard. */}
        <div className={styles.scroll} role="log" aria-label="Messages" tabIndex={0}>
          <ol className={styles.lines}>
            {lines.length === 0 && (
              <li className={styles.hint}>Write the first message as Anna, a customer. It starts a chat.</li>
            )}
            {lines.map((line) => (
              <ChatLine key={line.key} line={line} deliveries={deliveries} />
            ))}
          </ol>
          <div ref={end} />
        </div>
        {failure && (
          <p className={tryStyles.wrong} role="alert">
            {failure}
          </p>
        )}
        <form
          className={styles.write}
          onSubmit={(event) => {
            event.preventDefault()
            send()
          }}
        >
          {isOpen && (
            <Segmented
              label="Write as"
              value={writer}
              choices={[
                { value: 'customer', label: 'Anna' },
                { value: 'agent', label: 'Tom' },
              ]}
              onChange={setWriter}
            />
          )}
          <div className={styles.message}>
            <TextField
              hideLabel
              label="Message"
              placeholder={state === 'closed' ? 'The chat is closed' : 'Message'}
              autoComplete="off"
              disabled={state === 'closed'}
              value={text}
              onChange={({ currentTarget: { value } }) => setText(value)}
            />
          </div>
          <Button look="primary" type="submit" disabled={state === 'closed' || text.trim() === ''}>
            Send
          </Button>
        </form>
      </section>
      <section className={tryStyles.result} aria-label="What bots receive">
        <h2>What bots receive</h2>
        {!maySee && <ScopeNote to="see what bots receive" scope="agents-bot--my:ro" />}
        {maySee && deliveries.length === 0 && (
          <EmptyState icon="bots" title={lines.length === 0 ? 'Nothing yet' : 'No bot listens to this'}>
            Webhooks that the chat causes appear here as they are sent.
          </EmptyState>
        )}
        {deliveries.map((delivery) => (
          <DeliveryCard key={delivery.id} delivery={delivery} />
        ))}
      </section>
    </div>
  )
}

function ChatLine({ line, deliveries }: { line: Line; deliveries: readonly TriedDelivery[] }) {
  const { writer, text, action, eventId, matched } = line
  const caused = deliveries.filter(({ chatEvent }) => chatEvent?.id === eventId)
  return (
    <li className={classNames(styles.line, writer && styles[writer])}>
      {writer && <span className={styles.writer}>{writers[writer].name}</span>}
      <span className={writer ? styles.bubble : styles.notice}>{text}</span>
      <span className={styles.heard}>
        <span>
          {actionLabel(action)}
          {matched !== undefined && `, ${matched === 1 ? 'one bot' : `${matched} bots`}`}
        </span>
        {caused.map(({ id, botAgent, state }) => (
          <Badge key={id} tone={deliveryStates[state].tone}>
            {botAgent?.name ?? 'Removed bot'}
            {state === 'SUCCEEDED' && <Icon name="check" size={12} />}
            <span className="visually-hidden">{deliveryStates[state].label}</span>
          </Badge>
        ))}
      </span>
    </li>
  )
}

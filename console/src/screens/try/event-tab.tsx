import { useState } from 'react'
import { Button } from '../../design/button.tsx'
import { Select, TextArea, TextField } from '../../design/field.tsx'
import { EmptyState } from '../../design/states.tsx'
import { asGatewayError, useGateway } from '../../gateway/use-gateway.ts'
import { actionLabel } from '../../words/action-words.ts'
import { errorAt, type FieldError, fieldErrorsOf, without } from '../bot-agent/draft/field-error.ts'
import { Arrived } from './arrived.tsx'
import { chatIdIn, type EventDraft, isRaisedByGateway, newIdempotencyKey } from './event-input.ts'
import { jsonText, readJson } from './json-text.ts'
import { type Published, Reach } from './reach.tsx'
import styles from './try.module.css'
import { PublishEvent } from './try.operations.ts'
import { type Actions, WithActions } from './with-actions.tsx'

/** Publishes a chat event, and shows whom it reaches and why. */
export function EventTab() {
  return (
    <WithActions scope="chats--all:rw">
      {(actions) => <Event actions={actions.filter(({ name }) => !isRaisedByGateway(name))} />}
    </WithActions>
  )
}

function draftOf({ name, example }: Actions[number]): EventDraft {
  return {
    action: name,
    chatId: chatIdIn(example),
    authorType: 'CUSTOMER',
    agentIds: '',
    groupIds: '0',
    properties: jsonText({ source: { type: 'facebook' } }),
    data: jsonText(example),
  }
}

const linesIn = (text: string) => text.split(/[\n,]/).flatMap((line) => line.trim() || [])

function Event({ actions }: { actions: Actions }) {
  const gateway = useGateway()
  const first = actions.find(({ name }) => name === 'INCOMING_EVENT') ?? actions[0]
  const [draft, setDraft] = useState<EventDraft | undefined>(first && draftOf(first))
  const [errors, setErrors] = useState<readonly FieldError[]>([])
  const [sending, setSending] = useState(false)
  const [published, setPublished] = useState<Published | undefined>()
  if (!draft) return null

  const edit = (path: string, change: Partial<EventDraft>) => {
    setDraft({ ...draft, ...change })
    setErrors(without(errors, path))
  }
  const publish = async () => {
    const data = readJson(draft.data)
    const properties = readJson(draft.properties.trim() || '{}')
    const groups = linesIn(draft.groupIds).map(Number)
    const wrong: FieldError[] = []
    const say = (path: string, message: string) => wrong.push({ path, message, whole: message })
    if ('error' in data) say('data', data.error)
    if ('error' in properties) say('chat.properties', properties.error)
    if (!groups.every(Number.isInteger)) say('chat.groupIds', 'Must be whole numbers.')
    setErrors(wrong)
    if (wrong.length > 0 || 'error' in data || 'error' in properties) return
    setSending(true)
    try {
      const { publishChatEvent } = await gateway.run(PublishEvent, {
        input: {
          action: draft.action,
          data: data.value,
          ...(draft.action === 'INCOMING_EVENT' && { authorType: draft.authorType }),
          ...(draft.chatId && {
            chat: {
              id: draft.chatId,
              properties: properties.value,
              agentIds: linesIn(draft.agentIds),
              groupIds: groups,
            },
          }),
          idempotencyKey: newIdempotencyKey(),
        },
      })
      setErrors(fieldErrorsOf(publishChatEvent.userErrors))
      const { chatEvent, matched, cursor } = publishChatEvent
      if (chatEvent) setPublished({ id: chatEvent.id, action: chatEvent.action, matched, cursor })
    } catch (error) {
      const { message } = asGatewayError(error)
      setErrors([{ path: '', message, whole: message }])
    } finally {
      setSending(false)
    }
  }

  const elsewhere = errors.filter(({ path }) => !/^(data|chat|authorType)/.test(path))
  const info = actions.find(({ name }) => name === draft.action)
  return (
    <div className={styles.columns}>
      <form
        className={styles.card}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          publish()
        }}
      >
        <p className={styles.muted}>
          What the chat platform would report. It reaches all bots of the license that match.
        </p>
        <Select
          label="Action"
          hint={info?.description}
          value={draft.action}
          choices={actions.map(({ name }) => ({ value: name, label: actionLabel(name) }))}
          onChange={(name) => {
            const chosen = actions.find((action) => action.name === name)
            if (chosen) setDraft(draftOf(chosen))
            setErrors([])
          }}
        />
        <div className={styles.pair}>
          <TextField
            code
            label="Chat"
            spellCheck={false}
            error={errorAt(errors, 'chat.id') ?? errorAt(errors, 'chat')}
            value={draft.chatId}
            onChange={({ currentTarget: { value } }) => edit('chat.id', { chatId: value })}
          />
          {draft.action === 'INCOMING_EVENT' && (
            <Select
              label="Written by"
              error={errorAt(errors, 'authorType')}
              value={draft.authorType}
              choices={[
                { value: 'CUSTOMER', label: 'A customer' },
                { value: 'AGENT', label: 'An agent' },
              ]}
              onChange={(authorType) => edit('authorType', { authorType })}
            />
          )}
        </div>
        <div className={styles.pair}>
          <TextField
            code
            label="Agents in the chat"
            spellCheck={false}
            hint="Ids, separated by commas."
            error={errorAt(errors, 'chat.agentIds', { inside: true })}
            value={draft.agentIds}
            onChange={({ currentTarget: { value } }) => edit('chat.agentIds', { agentIds: value })}
          />
          <TextField
            code
            label="Groups with access"
            hint="Ids, separated by commas."
            error={errorAt(errors, 'chat.groupIds', { inside: true })}
            value={draft.groupIds}
            onChange={({ currentTarget: { value } }) => edit('chat.groupIds', { groupIds: value })}
          />
        </div>
        <TextArea
          code
          label="Properties of the chat"
          rows={6}
          spellCheck={false}
          error={errorAt(errors, 'chat.properties', { inside: true })}
          value={draft.properties}
          onChange={({ currentTarget: { value } }) => edit('chat.properties', { properties: value })}
        />
        <TextArea
          code
          label="Data"
          rows={12}
          spellCheck={false}
          error={errorAt(errors, 'data', { inside: true })}
          value={draft.data}
          onChange={({ currentTarget: { value } }) => edit('data', { data: value })}
        />
        {elsewhere.length > 0 && (
          <p className={styles.wrong} role="alert">
            {elsewhere.map(({ whole }) => whole).join(' ')}
          </p>
        )}
        <div className={styles.buttons}>
          <Button look="primary" icon="try" type="submit" busy={sending}>
            Publish event
          </Button>
        </div>
      </form>
      <section className={styles.result} aria-label="Whom it reaches">
        {published ? (
          <Arrived key={published.id}>
            <Reach published={published} />
          </Arrived>
        ) : (
          <EmptyState icon="deliveries" title="Nothing is published yet">
            You see here which bots get the event, and why the others do not.
          </EmptyState>
        )}
      </section>
    </div>
  )
}

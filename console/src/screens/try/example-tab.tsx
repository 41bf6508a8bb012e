import { useState } from 'react'
import { Button } from '../../design/button.tsx'
import { Select, TextArea } from '../../design/field.tsx'
import { EmptyState } from '../../design/states.tsx'
import { asGatewayError, useGateway } from '../../gateway/use-gateway.ts'
import { useSearch } from '../../route/use-route.ts'
import { actionLabel } from '../../words/action-words.ts'
import { errorAt, type FieldError, fieldErrorsOf } from '../bot-agent/draft/field-error.ts'
import { Arrived } from './arrived.tsx'
import { BotPicker } from './bot-picker.tsx'
import { DeliveryCard, type TriedDelivery } from './delivery-card.tsx'
import { jsonText, readJson } from './json-text.ts'
import styles from './try.module.css'
import { SendExample } from './try.operations.ts'
import { useDeliveries } from './use-deliveries.ts'
import { type Actions, WithActions } from './with-actions.tsx'

/** Sends an example of an action to a bot, edited before. */
export function ExampleTab() {
  return <WithActions scope="agents-bot--my:rw">{(actions) => <Example actions={actions} />}</WithActions>
}

interface Sent {
  readonly delivery: TriedDelivery
  readonly cursor: string | null
}

function Example({ actions }: { actions: Actions }) {
  const gateway = useGateway()
  const [search, change] = useSearch()
  const botId = search.get('bot') ?? undefined
  const action = actions.find(({ name }) => name === search.get('action')) ?? actions[0]
  const example = jsonText(action?.example)
  const [edited, setEdited] = useState<string | undefined>()
  const [errors, setErrors] = useState<readonly FieldError[]>([])
  const [sending, setSending] = useState(false)
  const [sent, setSent] = useState<Sent | undefined>()
  const data = edited ?? example

  const followed = sent && { botAgentId: sent.delivery.botAgentId, filter: { ping: true }, after: sent.cursor }
  const live = useDeliveries(followed).find(({ id }) => id === sent?.delivery.id)
  const delivery = live ?? sent?.delivery

  const send = async () => {
    if (!action) return
    const read = readJson(data)
    if ('error' in read) return setErrors([{ path: 'data', message: read.error, whole: read.error }])
    if (!botId) return setErrors([{ path: 'botAgentId', message: 'Choose a bot.', whole: 'Choose a bot.' }])
    setErrors([])
    setSending(true)
    try {
      const { sendExampleWebhook } = await gateway.run(SendExample, {
        input: { botAgentId: botId, action: action.name, data: read.value },
      })
      setErrors(fieldErrorsOf(sendExampleWebhook.userErrors))
      const { webhookDelivery, cursor } = sendExampleWebhook
      if (webhookDelivery) setSent({ delivery: webhookDelivery, cursor })
    } catch (error) {
      const { message } = asGatewayError(error)
      setErrors([{ path: '', message, whole: message }])
    } finally {
      setSending(false)
    }
  }

  const elsewhere = errors.filter(({ path }) => !path.startsWith('data'))
  return (
    <div className={styles.columns}>
      <form
        className={styles.card}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
      >
        <p className={styles.muted}>
          A signed webhook, marked as an example. It is sent once, whether the bot listens to the action or not, and its
          outcome does not count.
        </p>
        <BotPicker botId={botId} onChange={(bot) => change({ bot })} />
        <Select
          label="Action"
          hint={action?.description}
          value={action?.name ?? 'INCOMING_EVENT'}
          choices={actions.map(({ name }) => ({ value: name, label: actionLabel(name) }))}
          onChange={(name) => {
            setEdited(undefined)
            setErrors([])
            change({ action: name })
          }}
        />
        <TextArea
          code
          label="Data"
          rows={14}
          spellCheck={false}
          error={errorAt(errors, 'data', { inside: true })}
          value={data}
          onChange={({ currentTarget: { value } }) => {
            setEdited(value)
            setErrors([])
          }}
        />
        {elsewhere.length > 0 && (
          <p className={styles.wrong} role="alert">
            {elsewhere.map(({ whole }) => whole).join(' ')}
          </p>
        )}
        <div className={styles.buttons}>
          <Button look="primary" icon="try" type="submit" busy={sending}>
            Send example
          </Button>
          {edited !== undefined && edited !== example && (
            <Button look="quiet" onClick={() => setEdited(undefined)}>
              Back to the example
            </Button>
          )}
        </div>
      </form>
      <section className={styles.result} aria-label="Result" aria-live="polite">
        {delivery ? (
          <Arrived key={delivery.id}>
            <DeliveryCard delivery={delivery} open />
          </Arrived>
        ) : (
          <EmptyState icon="deliveries" title="Nothing is sent yet">
            What the bot answers appears here.
          </EmptyState>
        )}
      </section>
    </div>
  )
}

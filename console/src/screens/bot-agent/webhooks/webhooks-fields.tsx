import { Button } from '../../../design/button.tsx'
import { Select, TextField } from '../../../design/field.tsx'
import type { WebhooksFormProps } from '../draft/edit.ts'
import { errorAt } from '../draft/field-error.ts'
import { Place } from '../draft/place.tsx'
import { newSecretKey } from './new-secret-key.ts'
import styles from './webhooks.module.css'

/** Where webhooks are sent, and how. @param props.needsKey there is no secret key yet */
export function WebhooksFields({
  webhooks,
  errors,
  editWebhooks,
  needsKey,
}: WebhooksFormProps & { needsKey: boolean }) {
  return (
    <>
      <Place path="webhooks.url">
        <TextField
          code
          label="URL"
          type="text"
          inputMode="url"
          spellCheck={false}
          autoComplete="off"
          placeholder="https://bot.example.com/webhooks"
          hint="An http or https address that the gateway can reach."
          error={errorAt(errors, 'webhooks.url') ?? errorAt(errors, 'webhooks')}
          value={webhooks.url}
          onChange={({ currentTarget: { value } }) => editWebhooks('url', { url: value })}
        />
      </Place>
      {needsKey && (
        <Place path="webhooks.secretKey" className={styles.withButton ?? ''}>
          <TextField
            code
            label="Secret key"
            spellCheck={false}
            autoComplete="off"
            hint="Webhooks are signed with it, so that the bot knows that they come from here."
            error={errorAt(errors, 'webhooks.secretKey')}
            value={webhooks.secretKey}
            onChange={({ currentTarget: { value } }) => editWebhooks('secretKey', { secretKey: value })}
          />
          <Button onClick={() => editWebhooks('secretKey', { secretKey: newSecretKey() })}>Generate</Button>
        </Place>
      )}
      <div className={styles.pair}>
        <Place path="webhooks.order">
          <Select
            label="Order"
            hint={
              webhooks.order === 'CHAT'
                ? 'One that is tried again holds back the later ones of its chat.'
                : 'A later one may overtake one that is tried again.'
            }
            error={errorAt(errors, 'webhooks.order')}
            value={webhooks.order}
            choices={[
              { value: 'NONE', label: 'As soon as possible' },
              { value: 'CHAT', label: 'One after the other in each chat' },
            ]}
            onChange={(order) => editWebhooks('order', { order })}
          />
        </Place>
        <Place path="webhooks.maxPerSecond">
          <TextField
            label="At most per second"
            inputMode="numeric"
            placeholder="No limit"
            hint="1 to 1,000. What waits for its turn uses up no attempt."
            error={errorAt(errors, 'webhooks.maxPerSecond')}
            value={webhooks.maxPerSecond}
            onChange={({ currentTarget: { value } }) => editWebhooks('maxPerSecond', { maxPerSecond: value })}
          />
        </Place>
      </div>
    </>
  )
}

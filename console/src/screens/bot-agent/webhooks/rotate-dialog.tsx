import { useState } from 'react'
import { Button } from '../../../design/button.tsx'
import { Copy } from '../../../design/copy.tsx'
import { Dialog } from '../../../design/dialog.tsx'
import { TextField } from '../../../design/field.tsx'
import { asGatewayError, useGateway } from '../../../gateway/use-gateway.ts'
import { UpdateBotAgent } from '../draft/bot-agent.operations.ts'
import { type BotAgent, draftOf } from '../draft/draft.ts'
import { errorAt, type FieldError, fieldErrorsOf } from '../draft/field-error.ts'
import { inputOf } from '../draft/input.ts'
import { newSecretKey } from './new-secret-key.ts'
import styles from './webhooks.module.css'

/** Gives the webhooks a new secret key. All else stays as it is stored. @param props.onRotated gets the bot as it is then */
export function RotateDialog({
  bot,
  onRotated,
  onClose,
}: {
  bot: BotAgent
  onRotated: (bot: BotAgent) => void
  onClose: () => void
}) {
  const gateway = useGateway()
  const [key, setKey] = useState(newSecretKey)
  const [errors, setErrors] = useState<readonly FieldError[]>([])
  const [state, setState] = useState<'asking' | 'busy' | 'done'>('asking')
  const webhooks = inputOf(draftOf(bot)).input.webhooks
  const elsewhere = errors.filter(({ path }) => path !== 'webhooks.secretKey')

  const rotate = async () => {
    if (!webhooks) return
    setState('busy')
    try {
      const { updateBotAgent } = await gateway.run(UpdateBotAgent, {
        input: { id: bot.id, webhooks: { ...webhooks, secretKey: key }, expectedUpdatedAt: bot.updatedAt },
      })
      setErrors(fieldErrorsOf(updateBotAgent.userErrors, bot.webhooks?.actions))
      if (updateBotAgent.botAgent) onRotated(updateBotAgent.botAgent)
      setState(updateBotAgent.userErrors.length > 0 ? 'asking' : 'done')
    } catch (error) {
      const { message } = asGatewayError(error)
      setErrors([{ path: '', message, whole: message }])
      setState('asking')
    }
  }

  return (
    <Dialog
      open
      onClose={onClose}
      title={state === 'done' ? 'The secret key is rotated' : `Rotate the secret key of ${bot.name}`}
      description={
        state === 'done'
          ? 'Give the bot the new key within 24 hours. Until then webhooks are signed with the former key as well.'
          : 'For 24 hours webhooks are signed with both keys, so the bot accepts them with the one it knows. Give it the new key within that time.'
      }
      actions={
        state === 'done' ? (
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button look="primary" busy={state === 'busy'} onClick={rotate}>
              Rotate
            </Button>
          </>
        )
      }
    >
      {state === 'done' ? (
        <div className={styles.secret}>
          <code className={styles.key}>{key}</code>
          <Copy value={key} label="Copy the new key" />
        </div>
      ) : (
        <div className={styles.withButton}>
          <TextField
            code
            label="New key"
            spellCheck={false}
            autoComplete="off"
            hint="After whsec_ it is a key in Base64, as in Standard Webhooks."
            error={errorAt(errors, 'webhooks.secretKey')}
            value={key}
            onChange={({ currentTarget: { value } }) => setKey(value)}
          />
          <Button onClick={() => setKey(newSecretKey())}>Generate</Button>
        </div>
      )}
      {elsewhere.length > 0 && (
        <p className={styles.error} role="alert">
          {elsewhere.map(({ whole }) => whole).join(' ')}
        </p>
      )}
    </Dialog>
  )
}

import { useState } from 'react'
import { toast } from '../../design/announcer.tsx'
import { Button } from '../../design/button.tsx'
import { Dialog } from '../../design/dialog.tsx'
import { asGatewayError, useGateway } from '../../gateway/use-gateway.ts'
import { pathOf } from '../../route/route.ts'
import { navigate } from '../../route/use-route.ts'
import styles from './bot-agent.module.css'
import type { BotAgent } from './draft/draft.ts'
import { RemoveBotAgent } from './operate.operations.ts'

/** Asks whether to remove a bot, by its name. */
export function RemoveDialog({ bot, onClose }: { bot: BotAgent; onClose: () => void }) {
  const gateway = useGateway()
  const [removing, setRemoving] = useState(false)
  const [failure, setFailure] = useState<string | undefined>()
  const remove = async () => {
    setRemoving(true)
    try {
      const { userErrors } = (await gateway.run(RemoveBotAgent, { id: bot.id })).removeBotAgent
      if (userErrors.length > 0) return setFailure(userErrors.map(({ message }) => message).join(' '))
      toast(`${bot.name} is removed`)
      navigate(pathOf({ screen: 'board' }), { replace: true, unasked: true })
    } catch (error) {
      setFailure(asGatewayError(error).message)
    } finally {
      setRemoving(false)
    }
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Remove ${bot.name}?`}
      description={
        <>
          <p>
            It is removed for good, with its webhooks and properties. What waits to be sent is cancelled. Its deliveries
            and its audit trail stay for as long as they are kept.
          </p>
          <p>
            <code>{bot.id}</code> of <strong>{bot.application.clientId}</strong>
          </p>
        </>
      }
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" busy={removing} onClick={remove}>
            Remove {bot.name}
          </Button>
        </>
      }
    >
      {failure && (
        <p className={styles.wrong} role="alert">
          {failure}
        </p>
      )}
    </Dialog>
  )
}

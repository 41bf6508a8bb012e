import { useState } from 'react'
import { Badge } from '../../design/badge.tsx'
import { Button } from '../../design/button.tsx'
import { Sentence } from '../../design/sentence.tsx'
import { asGatewayError, useGateway, useStream } from '../../gateway/use-gateway.ts'
import { deliveryStates } from '../../words/delivery-words.ts'
import styles from './health.module.css'
import { PingUpdates, type PingUpdatesSubscription, PingWebhooks } from './operate.operations.ts'

type Delivery = PingUpdatesSubscription['webhookDeliveryUpdated']['delivery']

/** Sends a ping, and shows what became of it. */
export function Ping({ botAgentId }: { botAgentId: string }) {
  const gateway = useGateway()
  const [sent, setSent] = useState<{ readonly id: string; readonly after: string | null } | undefined>()
  const [delivery, setDelivery] = useState<Delivery | undefined>()
  const [failure, setFailure] = useState<string | undefined>()
  const [sending, setSending] = useState(false)

  useStream(PingUpdates, sent && { ids: [botAgentId], after: sent.after }, {
    next: ({ webhookDeliveryUpdated }) => {
      if (webhookDeliveryUpdated.delivery.id === sent?.id) setDelivery(webhookDeliveryUpdated.delivery)
    },
  })

  const ping = async () => {
    setSending(true)
    setFailure(undefined)
    setDelivery(undefined)
    try {
      const { webhookDelivery, cursor, userErrors } = (await gateway.run(PingWebhooks, { id: botAgentId })).pingWebhooks
      if (webhookDelivery) setSent({ id: webhookDelivery.id, after: cursor })
      else setFailure(userErrors.map(({ message }) => message).join(' '))
    } catch (error) {
      setFailure(asGatewayError(error).message)
    } finally {
      setSending(false)
    }
  }

  const attempt = delivery?.attempts.at(-1)
  return (
    <div className={styles.ping}>
      <Button icon="deliveries" busy={sending} onClick={ping}>
        Ping
      </Button>
      <div role="status" className={styles.outcome}>
        {failure && <span className={styles.bad}>{failure}</span>}
        {sent && !failure && !attempt && <span className={styles.muted}>On its way</span>}
        {delivery && attempt && (
          <>
            <Badge tone={deliveryStates[delivery.state].tone}>{deliveryStates[delivery.state].label}</Badge>
            <span>
              {attempt.statusCode ? `Status ${attempt.statusCode}, ` : ''}
              {attempt.durationMs} ms
            </span>
            {attempt.explanation && (
              <span className={styles.muted}>
                <Sentence text={attempt.explanation} />
              </span>
            )}
          </>
        )}
      </div>
    </div>
  )
}

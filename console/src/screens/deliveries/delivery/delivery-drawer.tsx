import { useState } from 'react'
import { toast } from '../../../design/announcer.tsx'
import { Badge } from '../../../design/badge.tsx'
import { Button } from '../../../design/button.tsx'
import { Copy } from '../../../design/copy.tsx'
import { Drawer } from '../../../design/dialog.tsx'
import { EmptyState, LoadingState, Skeleton } from '../../../design/states.tsx'
import { type Tab, Tabs } from '../../../design/tabs.tsx'
import { asGatewayError, useGateway } from '../../../gateway/use-gateway.ts'
import { useAllows, useSession } from '../../../session/use-session.ts'
import { Failure } from '../../../shell/failure.tsx'
import { actions } from '../../../words/action-words.ts'
import { deliveryStates } from '../../../words/delivery-words.ts'
import { Attempts } from './attempts.tsx'
import styles from './delivery.module.css'
import { ReplayDelivery, type WholeDeliveryFragment } from './delivery.operations.ts'
import { DeliveryFacts } from './delivery-facts.tsx'
import { Event } from './event.tsx'
import { Request } from './request.tsx'
import { useDelivery } from './use-delivery.ts'
import { Why } from './why.tsx'

/** One delivery beside the log. @param props.id `undefined`: none */
export function DeliveryDrawer({ id, all, onClose }: { id: string | undefined; all: boolean; onClose: () => void }) {
  if (!id) return null
  return <OpenDrawer key={id} id={id} all={all} onClose={onClose} />
}

function OpenDrawer({ id, all, onClose }: { id: string; all: boolean; onClose: () => void }) {
  const { delivery, error, isGone, reload } = useDelivery(id, all)
  const words = delivery && deliveryStates[delivery.state]
  return (
    <Drawer
      onClose={onClose}
      backTo={id}
      title={
        <span className={styles.title}>
          {delivery ? actions[delivery.action] : 'Delivery'}
          {words && (
            <Badge tone={words.tone} dot>
              {words.label}
            </Badge>
          )}
        </span>
      }
      description={
        <span className={styles.id}>
          <code>{id}</code>
          <Copy value={id} label="Copy the id" />
        </span>
      }
    >
      {delivery ? (
        <WholeDelivery delivery={delivery} all={all} />
      ) : isGone ? (
        <EmptyState icon="deliveries" title="There is no such delivery">
          It is no longer kept, or you may not see its bot.
        </EmptyState>
      ) : error ? (
        <Failure error={error} onRetry={reload} />
      ) : (
        <LoadingState label="Loading the delivery">
          <Skeleton height="20rem" />
        </LoadingState>
      )}
    </Drawer>
  )
}

type TabName = 'attempts' | 'request' | 'why' | 'event'

function WholeDelivery({ delivery, all }: { delivery: WholeDeliveryFragment; all: boolean }) {
  const gateway = useGateway()
  const { viewer } = useSession()
  const mayWrite = useAllows('agents-bot--my:rw')
  const mayWriteAll = useAllows('agents-bot--all:rw')
  const [tab, setTab] = useState<TabName>('attempts')
  const [replaying, setReplaying] = useState(false)
  const isMine = delivery.botAgent?.application.clientId === viewer.clientId

  const replay = async () => {
    setReplaying(true)
    try {
      const { replayWebhookDelivery } = await gateway.run(ReplayDelivery, { id: delivery.id })
      const [problem] = replayWebhookDelivery.userErrors
      toast(problem?.message ?? 'It is sent again.', { trouble: problem !== undefined })
    } catch (error) {
      toast(asGatewayError(error).message, { trouble: true })
    } finally {
      setReplaying(false)
    }
  }

  const event = delivery.chatEvent
  const tabs: Tab<TabName>[] = [
    {
      value: 'attempts',
      label: `Attempts ${delivery.attemptCount}`,
      content: () => <Attempts attempts={delivery.attempts} count={delivery.attemptCount} />,
    },
    {
      value: 'request',
      label: 'Request',
      content: () => <Request delivery={delivery} mayReadSecret={isMine || mayWriteAll} />,
    },
  ]
  if (event) {
    tabs.push(
      {
        value: 'why',
        label: 'Why it matched',
        content: () => <Why botAgentId={delivery.botAgentId} chatEventId={event.id} />,
      },
      { value: 'event', label: 'Event', content: () => <Event id={event.id} all={all} /> },
    )
  }
  return (
    <div className={styles.whole}>
      <DeliveryFacts delivery={delivery} />
      {isMine && mayWrite && (
        <div>
          <Button icon="replay" busy={replaying} onClick={replay}>
            Replay
          </Button>
        </div>
      )}
      <Tabs label="Parts of the delivery" value={tab} tabs={tabs} onChange={setTab} />
    </div>
  )
}

import { useEffect, useEffectEvent, useState } from 'react'
import { toast } from '../../design/announcer.tsx'
import { Button } from '../../design/button.tsx'
import { Dialog } from '../../design/dialog.tsx'
import { Select } from '../../design/field.tsx'
import { Sentence } from '../../design/sentence.tsx'
import { Switch } from '../../design/switch.tsx'
import { asGatewayError, useGateway } from '../../gateway/use-gateway.ts'
import { attemptErrors, keysOf } from '../../words/delivery-words.ts'
import { CountOfDeliveries } from '../deliveries/filter/filter.operations.ts'
import { MomentField } from '../deliveries/filter/moment-field.tsx'
import { Spans } from '../deliveries/filter/spans.tsx'
import styles from './trouble.module.css'
import {
  EnableWebhooks,
  Replay,
  type ReplayWebhookDeliveriesInput,
  type WebhookAttemptError,
  type WebhooksState,
} from './trouble.operations.ts'
import type { BegunReplay } from './use-replay.ts'

type Counted = { readonly matching: number; readonly isExact: boolean } | { readonly problem: string }

/** Chooses what is sent again, says how many these are, and begins. */
export function ReplayDialog({
  bot,
  onBegun,
  onClose,
}: {
  bot: { readonly id: string; readonly name: string; readonly state: WebhooksState }
  onBegun: (replay: BegunReplay) => void
  onClose: () => void
}) {
  const gateway = useGateway()
  const [held, setHeld] = useState(true)
  const [failed, setFailed] = useState(true)
  const [error, setError] = useState<WebhookAttemptError | 'any'>('any')
  const [since, setSince] = useState<string>()
  const [enableFirst, setEnableFirst] = useState(bot.state !== 'ACTIVE')
  const isDisabled = bot.state === 'DISABLED'
  const [counted, setCounted] = useState<Counted>()
  const [busy, setBusy] = useState(false)

  const states = [held && ('HELD' as const), failed && ('FAILED' as const)].filter((state) => state !== false)
  const input: ReplayWebhookDeliveriesInput = {
    botAgentId: bot.id,
    filter: { states, ...(error !== 'any' && { errors: [error] }), ...(since && { createdSince: since }) },
  }
  const asked = JSON.stringify(input)
  const count = useEffectEvent(async (): Promise<Counted> => {
    if (isDisabled) {
      // The gateway replays nothing of them, and does not count either.
      const filter = { ...input.filter, botAgentIds: [bot.id], ping: false }
      const { webhookDeliveries: answer } = await gateway.run(CountOfDeliveries, { all: false, filter })
      return { matching: answer.totalCount, isExact: answer.totalCountIsExact }
    }
    const { replayWebhookDeliveries: answer } = await gateway.run(Replay, { input: { ...input, dryRun: true } })
    const [problem] = answer.userErrors
    return problem ? { problem: problem.message } : { matching: answer.matching, isExact: answer.matchingIsExact }
  })
  useEffect(() => {
    let isOld = false
    setCounted(undefined)
    if (asked) {
      count().then(
        (counted) => isOld || setCounted(counted),
        (error: unknown) => isOld || setCounted({ problem: asGatewayError(error).message }),
      )
    }
    return () => {
      isOld = true
    }
  }, [asked])

  const begin = async () => {
    setBusy(true)
    try {
      if (enableFirst || isDisabled) {
        const { enableWebhooks } = await gateway.run(EnableWebhooks, { id: bot.id })
        const [problem] = enableWebhooks.userErrors
        if (problem) throw new Error(problem.message)
      }
      const { replayWebhookDeliveries: answer } = await gateway.run(Replay, { input })
      const [problem] = answer.userErrors
      if (problem) throw new Error(problem.message)
      if (answer.cursor && answer.replayed > 0) onBegun({ total: answer.replayed, cursor: answer.cursor })
      onClose()
    } catch (error) {
      toast(asGatewayError(error).message, { trouble: true })
      setBusy(false)
    }
  }

  const matching = counted && 'matching' in counted ? counted.matching : 0
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Replay webhooks of ${bot.name}`}
      description="Each is sent again with the same webhook-id, so a receiver can tell that it has had it before."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" busy={busy} disabled={matching === 0} onClick={begin}>
            {matching > 0 ? `Replay ${matching.toLocaleString()}` : 'Replay'}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <Switch label="Held, as the webhooks were disabled" checked={held} onChange={setHeld} />
        <Switch label="Failed, as all attempts were used up" checked={failed} onChange={setFailed} />
        <Select
          label="Error of the last attempt"
          value={error}
          choices={[
            { value: 'any', label: 'Any' },
            ...keysOf(attemptErrors).map((value) => ({ value, label: attemptErrors[value] })),
          ]}
          onChange={setError}
        />
        <MomentField label="Created since" value={since} onChange={setSince} />
        <Spans onChoose={setSince} />
        {bot.state === 'PAUSED' && (
          <Switch label="Enable the webhooks first" checked={enableFirst} onChange={setEnableFirst} />
        )}
        {isDisabled && <p>The webhooks are enabled first. New ones are sent again from then on.</p>}
        <p role="status" className={styles.counted}>
          <Sentence text={countedWords(counted)} />
        </p>
      </div>
    </Dialog>
  )
}

function countedWords(counted: Counted | undefined): string {
  if (!counted) return 'Counting'
  if ('problem' in counted) return counted.problem
  if (counted.matching === 0) return 'No delivery is like this.'
  const number = `${counted.isExact ? '' : 'More than '}${counted.matching.toLocaleString()}`
  return `${number} ${counted.matching === 1 ? 'delivery' : 'deliveries'} would be sent again.`
}

import { type ReactNode, useEffect, useState } from 'react'
import { toast } from '../../design/announcer.tsx'
import { Badge } from '../../design/badge.tsx'
import { Button } from '../../design/button.tsx'
import { ScopeNote } from '../../design/scope-note.tsx'
import { EmptyState, LoadingState, Skeleton } from '../../design/states.tsx'
import { Time } from '../../design/time.tsx'
import { asGatewayError, useGateway, useQuery } from '../../gateway/use-gateway.ts'
import { Failure } from '../../shell/failure.tsx'
import { webhooksStates } from '../../words/bot-agent-words.ts'
import { attemptErrors, durationWords, percentWords } from '../../words/delivery-words.ts'
import type { BotAgent, WebhooksOfBot } from './draft/draft.ts'
import styles from './health.module.css'
import { type Hour, HourBars } from './hour-bars.tsx'
import { BotAgentStatistics, EnableWebhooks } from './operate.operations.ts'
import type { Permission } from './permission.tsx'
import { Ping } from './ping.tsx'

/** Numbers are added within seconds. */
const AGAIN = 5_000

/** How the webhooks of a bot fare. */
export function HealthTab({
  bot,
  permission: { isOwn, mayChange },
  onReload,
}: {
  bot: BotAgent
  permission: Permission
  onReload: () => void
}) {
  const { data, error, reload } = useQuery(BotAgentStatistics, { ids: [bot.id], all: !isOwn })
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.hidden) return
      reload()
      onReload()
    }, AGAIN)
    return () => clearInterval(timer)
  }, [reload, onReload])

  if (!bot.webhooks) {
    return (
      <EmptyState icon="deliveries" title="This bot has no webhooks">
        Add them in its settings. Then you see here how they fare.
      </EmptyState>
    )
  }
  return (
    <div className={styles.health}>
      <State webhooks={bot.webhooks} />
      <div className={styles.buttons}>
        {mayChange ? (
          <>
            {bot.webhooks.state !== 'ACTIVE' && <Enable botAgentId={bot.id} onEnabled={onReload} />}
            <Ping botAgentId={bot.id} />
          </>
        ) : (
          isOwn && <ScopeNote to="ping and enable webhooks" scope="agents-bot--my:rw" />
        )}
      </div>
      {error && !data && <Failure error={error} onRetry={reload} />}
      {!data && !error && (
        <LoadingState label="Loading statistics">
          <Skeleton height="14rem" />
        </LoadingState>
      )}
      {data && <Statistics hours={data.webhookStatistics.nodes} name={bot.name} />}
    </div>
  )
}

function State({ webhooks: { state, health, url } }: { webhooks: WebhooksOfBot }) {
  const { label, tone } = webhooksStates[state]
  return (
    <section className={styles.card} aria-labelledby="state-title">
      <div className={styles.title}>
        <h2 id="state-title">Webhooks</h2>
        <Badge tone={tone} dot>
          {label}
        </Badge>
        <span className={styles.muted}>
          since <Time at={health.since} />
        </span>
      </div>
      <p className={styles.url}>{url}</p>
      <p>{state === 'ACTIVE' ? activeMeaning(health) : meanings[state]}</p>
      <dl className={styles.facts}>
        <Fact label="Last success">{health.lastSuccessAt ? <Time at={health.lastSuccessAt} ago /> : 'none yet'}</Fact>
        <Fact label="Last failure">{health.lastFailureAt ? <Time at={health.lastFailureAt} ago /> : 'none'}</Fact>
        <Fact label="Failures in a row">{health.failuresInARow}</Fact>
        {health.nextProbeAt && (
          <Fact label="Next try">
            <Time at={health.nextProbeAt} ago />
          </Fact>
        )}
      </dl>
    </section>
  )
}

const meanings = {
  PAUSED:
    'The destination keeps failing, so webhooks wait. From time to time one of them is sent to see whether it works again; when one arrives, the others follow. Once you have mended it, enable the webhooks to send them at once.',
  DISABLED:
    'The destination answered 410, or failed for days. Nothing is sent, and webhooks are held until you enable them. What is held has to be replayed.',
} as const

function activeMeaning({ failuresInARow, lastSuccessAt, lastFailureAt }: WebhooksOfBot['health']): string {
  const lastFailed = Date.parse(lastFailureAt ?? '') > Date.parse(lastSuccessAt ?? lastFailureAt ?? '')
  if (failuresInARow > 0 || lastFailed)
    return 'The last attempt has failed. It is repeated, and new webhooks are still sent.'
  return lastSuccessAt ? 'The destination is healthy: the last webhook arrived.' : 'Nothing has been sent yet.'
}

function Enable({ botAgentId, onEnabled }: { botAgentId: string; onEnabled: () => void }) {
  const gateway = useGateway()
  const [busy, setBusy] = useState(false)
  const enable = async () => {
    setBusy(true)
    try {
      const { userErrors } = (await gateway.run(EnableWebhooks, { id: botAgentId })).enableWebhooks
      const [error] = userErrors
      if (error) toast(error.message, { trouble: true })
      else toast('Webhooks are enabled')
      onEnabled()
    } catch (error) {
      toast(asGatewayError(error).message, { trouble: true })
    } finally {
      setBusy(false)
    }
  }
  return (
    <Button look="primary" busy={busy} onClick={enable}>
      Enable webhooks
    </Button>
  )
}

function Statistics({ hours, name }: { hours: readonly Hour[]; name: string }) {
  const total = (of: (hour: Hour) => number) => hours.reduce((sum, hour) => sum + of(hour), 0)
  const [matched, delivered, failed, held] = [
    total(({ matched }) => matched),
    total(({ delivered }) => delivered),
    total(({ failed }) => failed),
    total(({ held }) => held),
  ]
  const latest = hours.findLast(({ p50Ms }) => p50Ms !== null)
  const errors = new Map<keyof typeof attemptErrors, number>()
  for (const { error, count } of hours.flatMap(({ failuresByError }) => failuresByError)) {
    errors.set(error, (errors.get(error) ?? 0) + count)
  }
  return (
    <section className={styles.card} aria-labelledby="statistics-title">
      <h2 id="statistics-title">Last 24 hours</h2>
      <HourBars
        hours={hours}
        label={`Webhooks of ${name} in the last 24 hours: ${delivered} attempts succeeded, ${failed} failed`}
      />
      <dl className={styles.facts}>
        <Fact label="Events that matched">{number.format(matched)}</Fact>
        <Fact label="Attempts that succeeded">
          {number.format(delivered)}
          {delivered + failed > 0 && (
            <span className={styles.share}>{percentWords(delivered / (delivered + failed))}</span>
          )}
        </Fact>
        <Fact label="Attempts that failed">{number.format(failed)}</Fact>
        <Fact label="Held">{number.format(held)}</Fact>
        <Fact label="Half answered within">{timeOf(latest?.p50Ms)}</Fact>
        <Fact label="95% answered within">{timeOf(latest?.p95Ms)}</Fact>
      </dl>
      {errors.size > 0 && (
        <ul className={styles.errors} aria-label="Why attempts failed">
          {[...errors].map(([error, count]) => (
            <li key={error}>
              {attemptErrors[error]} <strong>{number.format(count)}</strong>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

const number = new Intl.NumberFormat()
const timeOf = (milliseconds: number | null | undefined) =>
  typeof milliseconds === 'number' ? durationWords(milliseconds) : '–'

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}

import { useEffect, useState } from 'react'
import { toast } from '../../design/announcer.tsx'
import { Badge } from '../../design/badge.tsx'
import { Button } from '../../design/button.tsx'
import { ScopeNote } from '../../design/scope-note.tsx'
import { Sentence } from '../../design/sentence.tsx'
import { LoadingState, Skeleton } from '../../design/states.tsx'
import { Time, useNow } from '../../design/time.tsx'
import { asGatewayError, useGateway, useQuery } from '../../gateway/use-gateway.ts'
import { Link } from '../../route/link.tsx'
import { pathOf, SHOWN } from '../../route/route.ts'
import { useAllows, useSession } from '../../session/use-session.ts'
import { Failure } from '../../shell/failure.tsx'
import { webhooksStates } from '../../words/bot-agent-words.ts'
import { durationWords, percentWords } from '../../words/delivery-words.ts'
import { pathOfDeliveries } from '../deliveries/filter/delivery-view.ts'
import { Progress } from './progress.tsx'
import { ReplayDialog } from './replay-dialog.tsx'
import styles from './trouble.module.css'
import { EnableWebhooks, TroubleOfBot, type TroubleOfBotQuery } from './trouble.operations.ts'
import { type BegunReplay, useReplay } from './use-replay.ts'

type Bot = NonNullable<TroubleOfBotQuery['botAgent']>

/** Milliseconds within which the gateway has added attempts to its statistics. */
const COUNTED_WITHIN = 6_000

/** What is wrong with the webhooks of one bot, and what can be done. @param props.turn another one when it has changed */
export function BotTrouble({
  id,
  all,
  turn,
  onChange,
}: {
  id: string
  all: boolean
  turn: number
  onChange: (id: string) => void
}) {
  const { data, error, reload } = useQuery(TroubleOfBot, { id })
  useEffect(() => {
    if (turn === 0) return
    reload()
    const timer = setTimeout(reload, COUNTED_WITHIN)
    return () => clearTimeout(timer)
  }, [turn, reload])
  const [begun, setBegun] = useState<BegunReplay>()
  const progress = useReplay({ botAgentId: id, all }, begun)

  if (!data) {
    return error ? (
      <li>
        <Failure error={error} onRetry={reload} />
      </li>
    ) : (
      <li className={styles.card}>
        <LoadingState label="Loading a bot">
          <Skeleton height="var(--unread)" />
        </LoadingState>
      </li>
    )
  }
  const bot = data.botAgent
  const isFine =
    bot?.webhooks?.state === 'ACTIVE' && bot.held.totalCount === 0 && bot.failed.totalCount === 0 && !progress
  if (!bot?.webhooks || isFine) return null
  const { state } = bot.webhooks
  const [lastFailed] = bot.lastFailed.nodes
  const explanation = lastFailed?.attempts.at(-1)?.explanation
  return (
    <li className={styles.card} aria-label={bot.name}>
      <div className={styles.cardHead}>
        <h3>
          <Link to={pathOf({ screen: 'bot-agent', id })}>{bot.name}</Link>
        </h3>
        <Badge tone={webhooksStates[state].tone} dot>
          {webhooksStates[state].label}
        </Badge>
        <Actions
          bot={bot}
          onChange={() => onChange(id)}
          onBegun={(replay) => {
            setBegun(replay)
            onChange(id)
          }}
        />
      </div>
      <p>
        <State webhooks={bot.webhooks} />
      </p>
      {lastFailed && explanation && (
        <p className={styles.cause}>
          <Sentence text={explanation} />{' '}
          <Link to={pathOfDeliveries({ bot: id, of: all ? 'all' : undefined, [SHOWN]: lastFailed.id })}>
            See this delivery
          </Link>
        </p>
      )}
      <ul className={styles.counts}>
        <Stuck bot={id} all={all} state="PENDING" label="waiting" count={bot.waiting} />
        <Stuck bot={id} all={all} state="HELD" label="held" count={bot.held} />
        <Stuck bot={id} all={all} state="FAILED" label="failed" count={bot.failed} />
      </ul>
      {progress && <Progress progress={progress} state={state} onHide={() => setBegun(undefined)} />}
    </li>
  )
}

function State({ webhooks: { state, health } }: { webhooks: NonNullable<Bot['webhooks']> }) {
  const row = health.failuresInARow
  const inARow = row > 1 ? ` ${row.toLocaleString()} attempts in a row have failed.` : ''
  const since = <Time at={health.since} />
  if (state === 'DISABLED')
    return (
      <>
        Disabled since {since}. New webhooks are held, and none are sent.{inARow}
      </>
    )
  if (state === 'PAUSED') {
    return (
      <>
        Paused since {since}.{inARow} {health.nextProbeAt && <NextProbe at={health.nextProbeAt} />}
      </>
    )
  }
  return (
    <>
      Webhooks are sent.{' '}
      {health.failureRate24h !== null && health.failureRate24h > 0
        ? `${percentWords(health.failureRate24h / 100)} of the attempts of the last 24 hours have failed.`
        : 'What is below did not arrive before.'}
    </>
  )
}

function NextProbe({ at }: { at: string }) {
  const seconds = Math.ceil((Date.parse(at) - useNow(true)) / 1_000)
  return seconds > 0 ? `The next try is in ${durationWords(seconds * 1_000, 0)}.` : 'The next try is due now.'
}

function Stuck({
  bot,
  all,
  state,
  label,
  count,
}: {
  bot: string
  all: boolean
  state: string
  label: string
  count: { readonly totalCount: number; readonly totalCountIsExact: boolean }
}) {
  if (count.totalCount === 0) return null
  return (
    <li>
      <Link to={pathOfDeliveries({ bot, state, of: all ? 'all' : undefined })} className={styles.stuck}>
        <strong>
          {count.totalCount.toLocaleString()}
          {!count.totalCountIsExact && '+'}
        </strong>{' '}
        {label}
      </Link>
    </li>
  )
}

function Actions({
  bot,
  onChange,
  onBegun,
}: {
  bot: Bot
  onChange: () => void
  onBegun: (replay: BegunReplay) => void
}) {
  const gateway = useGateway()
  const { viewer } = useSession()
  const mayWrite = useAllows('agents-bot--my:rw')
  const [busy, setBusy] = useState(false)
  const [choosing, setChoosing] = useState(false)
  const state = bot.webhooks?.state ?? 'ACTIVE'
  if (bot.application.clientId !== viewer.clientId) {
    return <span className={styles.hint}>Only its application, {bot.application.clientId}, can resume it.</span>
  }
  if (!mayWrite) return <ScopeNote to="enable and replay" scope="agents-bot--my:rw" />

  const enable = async () => {
    setBusy(true)
    try {
      const { enableWebhooks } = await gateway.run(EnableWebhooks, { id: bot.id })
      const [problem] = enableWebhooks.userErrors
      if (problem) toast(problem.message, { trouble: true })
      else toast(`The webhooks of ${bot.name} are enabled.`)
      onChange()
    } catch (error) {
      toast(asGatewayError(error).message, { trouble: true })
    } finally {
      setBusy(false)
    }
  }
  return (
    <span className={styles.actions}>
      {state !== 'ACTIVE' && (
        <Button size="small" busy={busy} onClick={enable}>
          Enable webhooks
        </Button>
      )}
      {bot.held.totalCount + bot.failed.totalCount > 0 && (
        <Button size="small" look="primary" icon="replay" onClick={() => setChoosing(true)}>
          Replay
        </Button>
      )}
      {choosing && (
        <ReplayDialog
          bot={{ id: bot.id, name: bot.name, state }}
          onBegun={onBegun}
          onClose={() => setChoosing(false)}
        />
      )}
    </span>
  )
}

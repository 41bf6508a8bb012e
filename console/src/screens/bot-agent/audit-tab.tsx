import { useEffect, useState } from 'react'
import { Button } from '../../design/button.tsx'
import { EmptyState, LoadingState, RefusedState, Skeleton } from '../../design/states.tsx'
import { Time } from '../../design/time.tsx'
import { useQuery } from '../../gateway/use-gateway.ts'
import { Failure } from '../../shell/failure.tsx'
import { Outdated } from '../../shell/outdated.tsx'
import styles from './audit.module.css'
import type { BotAgent } from './draft/draft.ts'
import { BotAgentAudit, type BotAgentAuditQuery } from './operate.operations.ts'
import type { Permission } from './permission.tsx'

type Entry = BotAgentAuditQuery['auditTrail']['nodes'][number]

/** What was done to the bot, by whom, from where and when. */
export function AuditTab({ bot, permission: { isOwn, mayChange } }: { bot: BotAgent; permission: Permission }) {
  const [after, setAfter] = useState<string | undefined>()
  const { data, error, loading, reload } = useQuery(
    BotAgentAudit,
    mayChange ? { ids: [bot.id], ...(after && { after }) } : undefined,
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the bot adds an entry.
  useEffect(reload, [bot.updatedAt, bot.webhooks?.state, reload])

  if (!isOwn) return <EmptyState icon="lock" title="Only the application that owns the bot can read its audit trail" />
  if (!mayChange) return <RefusedState scope="agents-bot--my:rw" />
  if (error && !data) return <Failure error={error} onRetry={reload} />
  if (!data) {
    return (
      <LoadingState label="Loading the audit trail">
        <Skeleton height="20rem" />
      </LoadingState>
    )
  }
  const { nodes, pageInfo } = data.auditTrail
  if (nodes.length === 0 && !after) return <EmptyState icon="lock" title="There are no entries" />
  return (
    <>
      {error && <Outdated error={error} onRetry={reload} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard. */}
      <section className={styles.audit} aria-label="Audit trail" aria-busy={loading} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col">Who</th>
              <th scope="col">From</th>
              <th scope="col">Token</th>
            </tr>
          </thead>
          <tbody>
            {nodes.map((entry) => (
              <tr key={entry.id}>
                <td>
                  <Time at={entry.createdAt} />
                </td>
                <td>{wordsOf(entry)}</td>
                <td>{entry.clientId ?? 'the gateway'}</td>
                <td>{entry.address ?? '–'}</td>
                <td>
                  {entry.accessTokenHash ? (
                    <code title={entry.accessTokenHash}>{entry.accessTokenHash.slice(0, 8)}</code>
                  ) : (
                    '–'
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <div className={styles.pages}>
        {after && <Button onClick={() => setAfter(undefined)}>Newest</Button>}
        {pageInfo.hasNextPage && pageInfo.endCursor && (
          <Button onClick={() => setAfter(pageInfo.endCursor ?? undefined)}>Older</Button>
        )}
      </div>
    </>
  )
}

function wordsOf({ action, replayed, gaveUp }: Entry): string {
  if (action === 'REPLAYED' && replayed !== null) return `Replayed ${replayed} webhooks`
  if (action === 'WEBHOOKS_GAVE_UP' && gaveUp !== null) return `Gave up ${gaveUp} webhooks`
  return words[action]
}

const words: Readonly<Record<Entry['action'], string>> = {
  CREATED: 'Created',
  ENABLED: 'Enabled webhooks',
  PINGED: 'Sent a ping or an example',
  PROPERTIES_DELETED: 'Deleted properties',
  PROPERTIES_SET: 'Set properties',
  REMOVED: 'Removed',
  REPLAYED: 'Replayed webhooks',
  REVOKED: 'Logged out: the access token was revoked',
  SECRET_READ: 'Read the secret key',
  UPDATED: 'Updated',
  WEBHOOKS_DISABLED: 'Webhooks were disabled',
  WEBHOOKS_GAVE_UP: 'Gave up webhooks',
  WEBHOOKS_PAUSED: 'Webhooks were paused',
  WEBHOOKS_RECOVERED: 'Webhooks recovered',
}

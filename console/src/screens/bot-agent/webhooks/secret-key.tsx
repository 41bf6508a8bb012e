import { useEffect, useState } from 'react'
import { Button } from '../../../design/button.tsx'
import { Copy } from '../../../design/copy.tsx'
import { ScopeNote } from '../../../design/scope-note.tsx'
import type { GatewayError } from '../../../gateway/gateway-error.ts'
import { asGatewayError, useGateway } from '../../../gateway/use-gateway.ts'
import { useAllows } from '../../../session/use-session.ts'
import type { BotAgent } from '../draft/draft.ts'
import styles from './webhooks.module.css'
import { SecretKeyOf } from './webhooks.operations.ts'

/** The secret key, which is read only when somebody asks for it: each read is audited. @param props.onRotate absent: it may not be changed */
export function SecretKey({
  bot,
  isOwn,
  onRotate,
}: {
  bot: BotAgent
  isOwn: boolean
  onRotate: (() => void) | undefined
}) {
  const gateway = useGateway()
  const mayReadOthers = useAllows('agents-bot--all:rw')
  const [read, setRead] = useState<{ key: string | null; updatedAt: string } | undefined>()
  const [error, setError] = useState<GatewayError | undefined>()
  const [reading, setReading] = useState(false)
  const mayRead = isOwn || mayReadOthers
  // Any change of the bot may be one of its key.
  const key = mayRead && read && read.updatedAt >= bot.updatedAt ? read.key : undefined
  useEffect(() => {
    if (!mayRead) setRead(undefined)
  }, [mayRead])

  const show = async () => {
    setReading(true)
    setError(undefined)
    try {
      const { botAgent } = await gateway.run(SecretKeyOf, { id: bot.id })
      if (botAgent) setRead({ key: botAgent.webhooks?.secretKey ?? null, updatedAt: botAgent.updatedAt })
    } catch (error) {
      setError(asGatewayError(error))
    } finally {
      setReading(false)
    }
  }

  return (
    <section className={styles.rows} aria-labelledby="secret-key-title">
      <h3 id="secret-key-title">Secret key</h3>
      <p className={styles.hint}>Webhooks are signed with it. Whoever reads it is named in the audit trail.</p>
      <div className={styles.secret} role="status">
        <code className={styles.key}>{key ?? '•'.repeat(24)}</code>
        {key && <Copy value={key} label="Copy the secret key" />}
      </div>
      {key === null && <p className={styles.hint}>The gateway did not show it.</p>}
      {error && <p className={styles.error}>{error.message}</p>}
      <div className={styles.buttons}>
        {mayRead &&
          (key ? (
            <Button size="small" onClick={() => setRead(undefined)}>
              Hide
            </Button>
          ) : (
            <Button size="small" busy={reading} onClick={show}>
              Show
            </Button>
          ))}
        {onRotate && (
          <Button size="small" icon="replay" onClick={onRotate}>
            Rotate
          </Button>
        )}
        {!mayRead && <ScopeNote to="read the key of another application" scope="agents-bot--all:rw" />}
      </div>
    </section>
  )
}

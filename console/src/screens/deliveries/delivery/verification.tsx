import { useState } from 'react'
import { Badge } from '../../../design/badge.tsx'
import { Button } from '../../../design/button.tsx'
import { TextField } from '../../../design/field.tsx'
import { asGatewayError, useGateway } from '../../../gateway/use-gateway.ts'
import styles from './delivery.module.css'
import { DeliveryWithSecret } from './delivery.operations.ts'
import { isSignedWith, withSecretKey } from './signature.ts'

type Outcome = { readonly valid: boolean | undefined } | { readonly problem: string }

/** Checks the signature of the last attempt here in the page, with the key that is stored or one that somebody types. */
export function Verification({
  id,
  headers,
  body,
  mayReadSecret,
}: {
  id: string
  headers: readonly { readonly name: string; readonly value: string }[]
  body: string
  mayReadSecret: boolean
}) {
  const gateway = useGateway()
  const [typed, setTyped] = useState('')
  const [outcome, setOutcome] = useState<Outcome>()

  const verifyWith = async (secretKey: string, sent: string) =>
    setOutcome({ valid: await isSignedWith(secretKey, { headers, body: sent }) })
  const verifyWithStored = async () => {
    try {
      const { webhookDelivery } = await gateway.run(DeliveryWithSecret, { id })
      const secretKey = webhookDelivery?.botAgent?.webhooks?.secretKey
      if (!secretKey || webhookDelivery.requestBody === null) setOutcome({ problem: 'The secret key can’t be read.' })
      else await verifyWith(secretKey, webhookDelivery.requestBody)
    } catch (error) {
      setOutcome({ problem: asGatewayError(error).message })
    }
  }

  if (!globalThis.crypto.subtle) {
    return <p className={styles.hint}>To verify signatures, open the console with https or on localhost.</p>
  }
  return (
    <section className={styles.section} aria-labelledby="verification">
      <h3 id="verification">Verify the signature</h3>
      <p className={styles.hint}>
        It is computed in this page, as Standard Webhooks describes it. Receivers do the same with their copy of the
        key.
      </p>
      <form
        className={styles.verify}
        onSubmit={(event) => {
          event.preventDefault()
          void verifyWith(typed, withSecretKey(body, typed))
        }}
      >
        <TextField
          label="Secret key of the receiver"
          type="password"
          autoComplete="off"
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value)
            setOutcome(undefined)
          }}
        />
        <Button type="submit" disabled={!typed}>
          Verify with this key
        </Button>
        {mayReadSecret && <Button onClick={verifyWithStored}>Verify with the stored key</Button>}
      </form>
      {mayReadSecret && <p className={styles.hint}>The audit trail records that the stored key was read.</p>}
      <div role="status">{outcome && <Verdict outcome={outcome} />}</div>
    </section>
  )
}

function Verdict({ outcome }: { outcome: Outcome }) {
  if ('problem' in outcome) return <Badge tone="trouble">{outcome.problem}</Badge>
  if (outcome.valid === undefined) return <Badge tone="off">The last attempt has no signature</Badge>
  if (outcome.valid) return <Badge tone="ok">The signature is valid</Badge>
  return <Badge tone="trouble">The signature was made with another key</Badge>
}

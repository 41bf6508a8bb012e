import { Copy } from '../../../design/copy.tsx'
import { Body } from './body.tsx'
import { curlOf } from './curl.ts'
import styles from './delivery.module.css'
import type { WholeDeliveryFragment } from './delivery.operations.ts'
import { Headers } from './headers.tsx'
import { Verification } from './verification.tsx'

/** What was sent, with the headers of the last attempt. */
export function Request({ delivery, mayReadSecret }: { delivery: WholeDeliveryFragment; mayReadSecret: boolean }) {
  const { url, requestBody, attempts } = delivery
  const headers = attempts.at(-1)?.requestHeaders ?? []
  if (requestBody === null) {
    return (
      <p className={styles.hint}>
        The body can’t be shown. Its event is no longer kept, or carried data that only its own application may read.
      </p>
    )
  }
  return (
    <div className={styles.section}>
      <div className={styles.bodyHead}>
        <code className={styles.url}>POST {url}</code>
        <Copy value={() => curlOf({ url, headers, body: requestBody })} label="Copy as curl" caption="Copy as curl" />
      </div>
      <p className={styles.hint}>Secret values are shown and copied as …, so a receiver refuses the copy as it is.</p>
      <Headers label="Headers of the request" headers={headers} />
      <Body label="Body of the request" text={requestBody} />
      <Verification id={delivery.id} headers={headers} body={requestBody} mayReadSecret={mayReadSecret} />
    </div>
  )
}

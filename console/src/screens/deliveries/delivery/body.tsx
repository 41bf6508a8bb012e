import { useMemo, useState } from 'react'
import { Copy } from '../../../design/copy.tsx'
import { Segmented } from '../../../design/segmented.tsx'
import styles from './delivery.module.css'
import { layOut } from './lay-out.ts'

/** The body of a message: laid out if it is JSON, or as it was sent. */
export function Body({ label, text, cut = false }: { label: string; text: string; cut?: boolean }) {
  const [form, setForm] = useState<'laid-out' | 'sent'>('laid-out')
  const laidOut = useMemo(() => layOut(text), [text])
  return (
    <div className={styles.bodyOfMessage}>
      <div className={styles.bodyHead}>
        <h3>{label}</h3>
        {laidOut && (
          <Segmented
            label={`Layout: ${label}`}
            value={form}
            choices={[
              { value: 'laid-out', label: 'Formatted' },
              { value: 'sent', label: 'As sent' },
            ]}
            onChange={setForm}
          />
        )}
        <Copy value={text} label={`Copy: ${label}`} />
      </div>
      {/* Whoever has no mouse has to be able to scroll it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <section className={styles.code} tabIndex={0} aria-label={label}>
        <pre>{laidOut && form === 'laid-out' ? laidOut : text || 'It was empty.'}</pre>
      </section>
      {cut && <p className={styles.hint}>Only its beginning is kept.</p>}
    </div>
  )
}

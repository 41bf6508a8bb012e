import styles from './delivery.module.css'

/** Headers of a message, of which there may be two with one name. */
export function Headers({
  label,
  headers,
}: {
  label: string
  headers: readonly { readonly name: string; readonly value: string }[]
}) {
  if (headers.length === 0) return null
  return (
    <dl className={styles.headers} aria-label={label}>
      {headers.map(({ name, value }, index) => (
        // They neither move nor change.
        // biome-ignore lint/suspicious/noArrayIndexKey: names may come twice
        <div key={index}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

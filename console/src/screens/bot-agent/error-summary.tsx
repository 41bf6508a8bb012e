import { Icon } from '../../design/icon.tsx'
import styles from './bot-agent.module.css'
import type { FieldError } from './draft/field-error.ts'

/** Says that nothing was saved, and leads to what is wrong. */
export function ErrorSummary({ errors, onGo }: { errors: readonly FieldError[]; onGo: (path: string) => void }) {
  if (errors.length === 0) return null
  return (
    <div className={styles.wrong} role="alert">
      <Icon name="trouble" />
      <div>
        <p>
          <strong>Nothing was saved.</strong>{' '}
          {errors.length === 1 ? 'One thing is wrong:' : `${errors.length} things are wrong:`}
        </p>
        <ul>
          {errors.map(({ path, whole }) => (
            <li key={`${path} ${whole}`}>
              {path ? (
                <button type="button" onClick={() => onGo(path)}>
                  {whole}
                </button>
              ) : (
                whole
              )}
            </li>
          ))}
        </ul>
      </div>
    </div>
  )
}

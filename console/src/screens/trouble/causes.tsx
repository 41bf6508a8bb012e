import { Link } from '../../route/link.tsx'
import { attemptErrors } from '../../words/delivery-words.ts'
import { type Parameter, pathOfDeliveries } from '../deliveries/filter/delivery-view.ts'
import styles from './trouble.module.css'
import type { CausesOfFailureQuery, WebhookAttemptError } from './trouble.operations.ts'

const errorsOf: Readonly<Record<keyof CausesOfFailureQuery, readonly WebhookAttemptError[]>> = {
  httpStatus: ['HTTP_STATUS'],
  timeout: ['TIMEOUT'],
  refused: ['CONNECTION_REFUSED'],
  dns: ['DNS'],
  tls: ['TLS'],
  blocked: ['BLOCKED_ADDRESS'],
  connection: ['CONNECTION', 'CONNECTION_RESET', 'RESPONSE_BROKEN_OFF', 'INTERRUPTED'],
}

/** Why deliveries were given up, the most frequent cause first. */
export function Causes({ causes, all }: { causes: CausesOfFailureQuery; all: boolean }) {
  const found = (Object.keys(errorsOf) as (keyof CausesOfFailureQuery)[])
    .map((cause) => ({ cause, errors: errorsOf[cause], ...causes[cause] }))
    .filter(({ totalCount }) => totalCount > 0)
    .sort((one, other) => other.totalCount - one.totalCount)
  if (found.length === 0) return null
  const most = found[0]?.totalCount ?? 1
  return (
    <section aria-labelledby="causes" className={styles.section}>
      <h2 id="causes">Why deliveries failed</h2>
      <ul className={styles.causes}>
        {found.map(({ cause, errors, totalCount, totalCountIsExact }) => {
          const filters: Partial<Record<Parameter | 'of', string | readonly string[] | undefined>> = {
            state: 'FAILED',
            error: errors,
            ping: 'no',
            of: all ? 'all' : undefined,
          }
          return (
            <li key={cause}>
              <Link to={pathOfDeliveries(filters)} className={styles.causeLink}>
                <span>{errors.map((error) => attemptErrors[error]).join(', ')}</span>
                <span className={styles.bar} aria-hidden="true">
                  <span style={{ width: `${Math.max(2, (totalCount / most) * 100)}%` }} />
                </span>
                <strong>
                  {totalCount.toLocaleString()}
                  {!totalCountIsExact && '+'}
                </strong>
              </Link>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

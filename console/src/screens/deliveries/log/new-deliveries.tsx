import { Icon } from '../../../design/icon.tsx'
import styles from './new-deliveries.module.css'

/** Says how many have come in while somebody reads, and shows them. */
export function NewDeliveries({ count, onShow }: { count: number; onShow: () => void }) {
  return (
    <div className={styles.place} role="status">
      {count > 0 && (
        <button type="button" className={styles.pill} onClick={onShow}>
          <Icon name="up" size={16} />
          {count.toLocaleString()} new
        </button>
      )}
    </div>
  )
}

import styles from './bot-agent.module.css'
import { BotAgentFields } from './bot-agent-fields.tsx'
import type { FormProps } from './draft/edit.ts'
import { GroupFields } from './group-fields.tsx'

/** All that is set of a bot, but for its webhooks. */
export function BasicSections(props: FormProps) {
  return (
    <div className={styles.who}>
      <section className={styles.card} aria-labelledby="bot-title">
        <h2 id="bot-title">Bot</h2>
        <BotAgentFields {...props} />
      </section>
      <section className={styles.card} aria-labelledby="groups-title">
        <h2 id="groups-title">Groups</h2>
        <GroupFields {...props} />
      </section>
    </div>
  )
}

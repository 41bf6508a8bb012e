import { Select, TextField } from '../../design/field.tsx'
import { priorities, statuses } from '../../words/bot-agent-words.ts'
import styles from './bot-agent.module.css'
import type { FormProps } from './draft/edit.ts'
import { errorAt } from './draft/field-error.ts'
import { Place } from './draft/place.tsx'

/** Who the bot is, and whether it gets chats. */
export function BotAgentFields({ draft, errors, edit }: FormProps) {
  return (
    <div className={styles.fields}>
      <Place path="name">
        <TextField
          label="Name"
          autoComplete="off"
          error={errorAt(errors, 'name')}
          value={draft.name}
          onChange={({ currentTarget: { value } }) => edit('name', (draft) => ({ ...draft, name: value }))}
        />
      </Place>
      <Place path="avatar">
        <TextField
          label="Picture"
          inputMode="url"
          spellCheck={false}
          autoComplete="off"
          placeholder="https://example.com/bot.png"
          hint="The address of a picture. Leave it empty for none."
          error={errorAt(errors, 'avatar')}
          value={draft.avatar}
          onChange={({ currentTarget: { value } }) => edit('avatar', (draft) => ({ ...draft, avatar: value }))}
        />
      </Place>
      <div className={styles.pair}>
        <Place path="status">
          <Select
            label="Status"
            hint={statusHints[draft.status]}
            error={errorAt(errors, 'status')}
            value={draft.status}
            choices={choicesOf(statuses)}
            onChange={(status) => edit('status', (draft) => ({ ...draft, status }))}
          />
        </Place>
        <Place path="maxChatsCount">
          <TextField
            label="Chats at the same time"
            inputMode="numeric"
            hint="1 to 500"
            error={errorAt(errors, 'maxChatsCount')}
            value={draft.maxChatsCount}
            onChange={({ currentTarget: { value } }) =>
              edit('maxChatsCount', (draft) => ({ ...draft, maxChatsCount: value }))
            }
          />
        </Place>
      </div>
      <p className={styles.hint}>
        Saving ties its log-in to your access token: if that is revoked, the bot goes offline.
      </p>
      <Place path="defaultGroupPriority">
        <Select
          label="Priority in groups not listed"
          hint={priorityHints[draft.defaultGroupPriority]}
          error={errorAt(errors, 'defaultGroupPriority')}
          value={draft.defaultGroupPriority}
          choices={Object.entries(priorities).map(([value, label]) => ({
            value: value as keyof typeof priorities,
            label,
          }))}
          onChange={(priority) =>
            edit('defaultGroupPriority', (draft) => ({ ...draft, defaultGroupPriority: priority }))
          }
        />
      </Place>
    </div>
  )
}

const statusHints = {
  ACCEPTING_CHATS: 'Gets webhooks, and chats from the chat router.',
  NOT_ACCEPTING_CHATS: 'Gets webhooks, but no chats.',
  OFFLINE: 'Gets neither chats nor webhooks.',
} as const

const priorityHints = {
  FIRST: 'Before normal agents.',
  NORMAL: 'Like normal agents.',
  LAST: 'When no other agent is available.',
  SUPERVISOR: 'Gets no chats: it works as a supervisor.',
} as const

function choicesOf<Value extends string>(words: Readonly<Record<Value, { readonly label: string }>>) {
  return (Object.keys(words) as Value[]).map((value) => ({ value, label: words[value].label }))
}

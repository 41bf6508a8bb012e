import { IconButton } from '../../design/button.tsx'
import { Select, TextField } from '../../design/field.tsx'
import { priorities } from '../../words/bot-agent-words.ts'
import styles from './bot-agent.module.css'
import { type Draft, newKey } from './draft/draft.ts'
import { changedRow, type FormProps, withoutRow } from './draft/edit.ts'
import { errorAt } from './draft/field-error.ts'
import { AddRow, adding, changeAndFocus, Place, PlaceError } from './draft/place.tsx'

/** The groups that the bot belongs to, each with its priority. */
export function GroupFields({ draft: { groups }, errors, edit }: FormProps) {
  const setGroups = (groups: Draft['groups']) => edit('groups', (draft) => ({ ...draft, groups }))
  return (
    <Place path="groups" className={styles.rows ?? ''}>
      <PlaceError error={errorAt(errors, 'groups')} />
      {groups.length === 0 && <p className={styles.hint}>It belongs to no group.</p>}
      {groups.map((group, index) => {
        const path = `groups.${index}`
        return (
          <Place key={group.key} path={path} className={styles.group ?? ''}>
            <TextField
              hideLabel
              label={`Id of group ${index + 1}`}
              inputMode="numeric"
              placeholder="Id"
              error={errorAt(errors, `${path}.id`) ?? errorAt(errors, path)}
              value={group.id}
              onChange={({ currentTarget: { value } }) =>
                edit(path, (draft) => ({ ...draft, groups: changedRow(draft.groups, index, { id: value }) }))
              }
            />
            <Select
              hideLabel
              label={`Priority in group ${index + 1}`}
              error={errorAt(errors, `${path}.priority`)}
              value={group.priority}
              choices={[
                { value: 'FIRST', label: priorities.FIRST },
                { value: 'NORMAL', label: priorities.NORMAL },
                { value: 'LAST', label: priorities.LAST },
              ]}
              onChange={(priority) =>
                edit(path, (draft) => ({ ...draft, groups: changedRow(draft.groups, index, { priority }) }))
              }
            />
            <IconButton
              icon="close"
              label={`Remove group ${index + 1}`}
              onClick={() => changeAndFocus(() => setGroups(withoutRow(groups, index)), adding('groups'))}
            />
          </Place>
        )
      })}
      <AddRow
        path="groups"
        count={groups.length}
        onAdd={() => setGroups([...groups, { key: newKey(), id: '', priority: 'NORMAL' }])}
      >
        Add group
      </AddRow>
    </Place>
  )
}

import { useState } from 'react'
import { Button, IconButton } from '../../../design/button.tsx'
import { classNames } from '../../../design/class-names.ts'
import { Icon } from '../../../design/icon.tsx'
import { Menu, MenuItem } from '../../../design/menu.tsx'
import { actionLabel } from '../../../words/action-words.ts'
import type { Catalogue } from '../draft/catalogue.ts'
import { type ActionDraft, newAction } from '../draft/draft.ts'
import { changedRow, type WebhooksFormProps, withoutRow } from '../draft/edit.ts'
import { errorAt } from '../draft/field-error.ts'
import { filtersInWords } from '../draft/parts.ts'
import { adding, changeAndFocus, Place, PlaceError } from '../draft/place.tsx'
import { ActionFields } from './action-fields.tsx'
import styles from './actions.module.css'

/** What triggers webhooks: the actions that the bot listens to, each with its filters. */
export function ActionList({
  webhooks: { actions },
  errors,
  editWebhooks,
  catalogue,
}: WebhooksFormProps & { catalogue: Catalogue }) {
  const [opened, setOpened] = useState<string | undefined>()
  const rest = catalogue.filter(({ name }) => !actions.some((action) => action.name === name))
  return (
    <Place path="webhooks.actions" className={styles.list ?? ''}>
      <PlaceError error={errorAt(errors, 'webhooks.actions')} />
      {actions.length === 0 && <p className={styles.none}>The bot hears nothing yet. Add an action to listen to.</p>}
      {actions.map((action, index) => {
        const path = `webhooks.actions.${index}`
        const isWrong = errorAt(errors, path, { inside: true }) !== undefined
        return (
          <ActionCard
            key={action.name}
            action={action}
            info={catalogue.find(({ name }) => name === action.name)}
            path={path}
            errors={errors}
            open={opened === action.name || isWrong}
            onToggle={(open) => setOpened((last) => (open ? action.name : last === action.name ? undefined : last))}
            onChange={(place, change) =>
              editWebhooks(`actions.${index}.${place}`, { actions: changedRow(actions, index, change) })
            }
            onRemove={() =>
              changeAndFocus(
                () => editWebhooks('actions', { actions: withoutRow(actions, index) }),
                adding('webhooks.actions'),
              )
            }
          />
        )
      })}
      <Place path={adding('webhooks.actions')}>
        <Menu
          trigger={
            <Button icon="plus" size="small" disabled={rest.length === 0}>
              Add action
            </Button>
          }
        >
          {rest.map(({ name, description }) => (
            <MenuItem
              key={name}
              onSelect={() =>
                changeAndFocus(() => {
                  editWebhooks('actions', { actions: [...actions, newAction(name)] })
                  setOpened(name)
                }, `webhooks.actions.${actions.length}`)
              }
            >
              <span className={styles.choice}>
                {actionLabel(name)}
                <small>{description}</small>
              </span>
            </MenuItem>
          ))}
        </Menu>
      </Place>
    </Place>
  )
}

function ActionCard({
  action,
  info,
  path,
  errors,
  open,
  onToggle,
  onChange,
  onRemove,
}: {
  action: ActionDraft
  info: Catalogue[number] | undefined
  path: string
  errors: WebhooksFormProps['errors']
  open: boolean
  onToggle: (open: boolean) => void
  onChange: (place: string, change: Partial<ActionDraft>) => void
  onRemove: () => void
}) {
  const label = actionLabel(action.name)
  return (
    <section className={classNames(styles.card, open && styles.open)} data-path={path} aria-label={label}>
      {/* It opens also in a form that can’t be changed, where buttons do nothing. */}
      <details open={open} onToggle={({ currentTarget }) => onToggle(currentTarget.open)}>
        <summary className={styles.toggle}>
          <Icon name={open ? 'up' : 'down'} size={16} />
          <span className={styles.name}>{label}</span>
          <span className={styles.summary}>{filtersInWords(action) || 'always'}</span>
        </summary>
        {open && info && <ActionFields {...{ action, info, path, errors, onChange }} />}
      </details>
      <IconButton className={styles.remove} icon="close" label={`Remove ${label}`} size="small" onClick={onRemove} />
    </section>
  )
}

import { IconButton } from '../../../design/button.tsx'
import { Select, TextArea, TextField } from '../../../design/field.tsx'
import { newKey, type PropertyDraft } from '../draft/draft.ts'
import { changedRow, withoutRow } from '../draft/edit.ts'
import { errorAt, type FieldError } from '../draft/field-error.ts'
import { AddRow, adding, changeAndFocus, Place, PlaceError } from '../draft/place.tsx'
import styles from './actions.module.css'

/** Conditions on properties of the chat, all of which must be met. @param props.onChange `place` is inside `path` */
export function PropertyFields({
  properties,
  path,
  errors,
  onChange,
}: {
  properties: readonly PropertyDraft[]
  path: string
  errors: readonly FieldError[]
  onChange: (place: string, properties: readonly PropertyDraft[]) => void
}) {
  return (
    <Place path={path} className={styles.properties ?? ''}>
      <h4>Properties of the chat</h4>
      <PlaceError error={errorAt(errors, path)} />
      {properties.map((property, index) => {
        const at = `${path}.${index}`
        const change = (changed: Partial<PropertyDraft>) =>
          onChange(`.${index}`, changedRow(properties, index, changed))
        const hasValues = property.test === 'values' || property.test === 'excludeValues'
        return (
          <Place key={property.key} path={at} className={styles.property ?? ''}>
            <Place path={`${at}.namespace`}>
              <TextField
                code
                label="Namespace"
                spellCheck={false}
                placeholder="source"
                error={errorAt(errors, `${at}.namespace`)}
                value={property.namespace}
                onChange={({ currentTarget: { value } }) => change({ namespace: value })}
              />
            </Place>
            <Place path={`${at}.name`}>
              <TextField
                code
                label="Name"
                spellCheck={false}
                placeholder="type"
                error={errorAt(errors, `${at}.name`) ?? errorAt(errors, at)}
                value={property.name}
                onChange={({ currentTarget: { value } }) => change({ name: value })}
              />
            </Place>
            <Select
              label="Condition"
              value={property.test}
              choices={[
                { value: 'values', label: 'is one of' },
                { value: 'excludeValues', label: 'is none of' },
                { value: 'exists', label: 'is set' },
                { value: 'absent', label: 'is not set' },
              ]}
              onChange={(test) => change({ test })}
            />
            <IconButton
              icon="close"
              label={`Remove condition ${index + 1}`}
              onClick={() => changeAndFocus(() => onChange('', withoutRow(properties, index)), adding(path))}
            />
            {hasValues && (
              <Place path={`${at}.${property.test}`} className={styles.values ?? ''}>
                <TextArea
                  code
                  label="Values"
                  rows={3}
                  spellCheck={false}
                  hint="One a line. Numbers, true and false are taken as such, unless they stand in quotes."
                  error={errorAt(errors, `${at}.${property.test}`, { inside: true })}
                  value={property.values}
                  onChange={({ currentTarget: { value } }) => change({ values: value })}
                />
              </Place>
            )}
          </Place>
        )
      })}
      <AddRow
        path={path}
        count={properties.length}
        onAdd={() =>
          onChange('', [...properties, { key: newKey(), namespace: '', name: '', test: 'values', values: '' }])
        }
      >
        Add condition
      </AddRow>
    </Place>
  )
}

import { IconButton } from '../../../design/button.tsx'
import { TextField } from '../../../design/field.tsx'
import { newKey } from '../draft/draft.ts'
import { changedRow, type WebhooksFormProps, withoutRow } from '../draft/edit.ts'
import { errorAt } from '../draft/field-error.ts'
import { AddRow, adding, changeAndFocus, Place, PlaceError } from '../draft/place.tsx'
import styles from './webhooks.module.css'

/** Headers that each webhook has besides those of the gateway. Their values can be set, but not read. */
export function HeaderFields({ webhooks: { headers }, errors, editWebhooks }: WebhooksFormProps) {
  return (
    <Place path="webhooks.headers" className={styles.rows ?? ''}>
      <h3>Headers</h3>
      <p className={styles.hint}>
        Sent with each webhook. Values are stored encrypted, and nobody can read them: a value that you leave empty
        stays as it is.
      </p>
      <PlaceError error={errorAt(errors, 'webhooks.headers')} />
      {headers.map((header, index) => {
        const path = `headers.${index}`
        const at = `webhooks.${path}`
        return (
          <Place key={header.key} path={at} className={styles.header ?? ''}>
            <Place path={`${at}.name`}>
              <TextField
                code
                hideLabel
                label={`Name of header ${index + 1}`}
                placeholder="X-Api-Key"
                spellCheck={false}
                autoComplete="off"
                error={errorAt(errors, `${at}.name`) ?? errorAt(errors, at)}
                value={header.name}
                onChange={({ currentTarget: { value } }) =>
                  editWebhooks(path, { headers: changedRow(headers, index, { name: value }) })
                }
              />
            </Place>
            <Place path={`${at}.value`}>
              <TextField
                code
                hideLabel
                label={`Value of header ${index + 1}`}
                placeholder={header.stored ? 'Stored' : 'Value'}
                spellCheck={false}
                autoComplete="off"
                error={errorAt(errors, `${at}.value`)}
                value={header.value}
                onChange={({ currentTarget: { value } }) =>
                  editWebhooks(path, { headers: changedRow(headers, index, { value }) })
                }
              />
            </Place>
            <IconButton
              icon="close"
              label={`Remove header ${index + 1}`}
              onClick={() =>
                changeAndFocus(
                  () => editWebhooks('headers', { headers: withoutRow(headers, index) }),
                  adding('webhooks.headers'),
                )
              }
            />
          </Place>
        )
      })}
      <AddRow
        path="webhooks.headers"
        count={headers.length}
        onAdd={() =>
          editWebhooks('headers', { headers: [...headers, { key: newKey(), name: '', value: '', stored: false }] })
        }
      >
        Add header
      </AddRow>
    </Place>
  )
}

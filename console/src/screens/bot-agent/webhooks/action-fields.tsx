import { Select, TextArea } from '../../../design/field.tsx'
import { additionalDataLabels } from '../../../words/action-words.ts'
import type { Catalogue } from '../draft/catalogue.ts'
import type { ActionDraft } from '../draft/draft.ts'
import { errorAt, type FieldError } from '../draft/field-error.ts'
import { Place, PlaceError } from '../draft/place.tsx'
import styles from './actions.module.css'
import { PropertyFields } from './property-fields.tsx'

/** The filters and the additional data of an action: only what it takes. */
export function ActionFields({
  action,
  info,
  path,
  errors,
  onChange,
}: {
  action: ActionDraft
  info: Catalogue[number]
  path: string
  errors: readonly FieldError[]
  onChange: (place: string, change: Partial<ActionDraft>) => void
}) {
  const takes = (filter: string) => info.filters.includes(filter)
  const filters = `${path}.filters`
  return (
    <div className={styles.fields}>
      <p className={styles.hint}>{info.description}</p>
      <PlaceError error={errorAt(errors, path) ?? errorAt(errors, `${path}.name`) ?? errorAt(errors, filters)} />
      {takes('chatProperties') && (
        <PropertyFields
          properties={action.properties}
          path={`${filters}.chatProperties`}
          errors={errors}
          onChange={(place, properties) => onChange(`filters.chatProperties${place}`, { properties })}
        />
      )}
      {takes('authorType') && (
        <Place path={`${filters}.authorType`}>
          <Select
            label="Written by"
            error={errorAt(errors, `${filters}.authorType`)}
            value={action.authorType}
            choices={[
              { value: 'ANY', label: 'Anyone' },
              { value: 'CUSTOMER', label: 'Customers' },
              { value: 'AGENT', label: 'Agents' },
            ]}
            onChange={(authorType) => onChange('filters.authorType', { authorType })}
          />
        </Place>
      )}
      {takes('authorIds') && (
        <Place path={`${filters}.authorIds`}>
          <TextArea
            code
            label="But not by"
            rows={2}
            spellCheck={false}
            hint="Ids of authors, one a line. For example its own, so that a bot does not hear itself."
            error={errorAt(errors, `${filters}.authorIds.exclude`, { inside: true })}
            value={action.authorsExcluded}
            onChange={({ currentTarget: { value } }) => onChange('filters.authorIds', { authorsExcluded: value })}
          />
        </Place>
      )}
      {takes('chatMemberIds') && (
        <Place path={`${filters}.chatMemberIds`} className={styles.members ?? ''}>
          <Select
            label="Agents in the chat"
            value={action.members}
            choices={[
              { value: 'ANY', label: 'Any' },
              { value: 'agentsAny', label: 'At least one of' },
              { value: 'agentsExclude', label: 'None of' },
            ]}
            onChange={(members) => onChange('filters.chatMemberIds', { members })}
          />
          {action.members !== 'ANY' && (
            <TextArea
              code
              label="Ids of agents"
              rows={2}
              spellCheck={false}
              hint="One a line."
              error={errorAt(errors, `${filters}.chatMemberIds.${action.members}`, { inside: true })}
              value={action.memberIds}
              onChange={({ currentTarget: { value } }) => onChange('filters.chatMemberIds', { memberIds: value })}
            />
          )}
        </Place>
      )}
      {takes('onlyMyChats') && (
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={action.onlyMyChats}
            onChange={({ currentTarget: { checked } }) => onChange('filters.onlyMyChats', { onlyMyChats: checked })}
          />
          Only chats of the bot’s own application
        </label>
      )}
      {info.additionalData.length > 0 && (
        <Place path={`${path}.additionalData`}>
          <fieldset className={styles.group}>
            <legend>Send along</legend>
            <PlaceError error={errorAt(errors, `${path}.additionalData`, { inside: true })} />
            {info.additionalData.map((data) => (
              <label key={data} className={styles.check}>
                <input
                  type="checkbox"
                  checked={action.additionalData.includes(data)}
                  onChange={({ currentTarget: { checked } }) =>
                    onChange('additionalData', {
                      additionalData: checked
                        ? [...action.additionalData, data]
                        : action.additionalData.filter((other) => other !== data),
                    })
                  }
                />
                {additionalDataLabels[data]}
              </label>
            ))}
          </fieldset>
        </Place>
      )}
    </div>
  )
}

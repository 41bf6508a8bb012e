import { useEffect, useRef, useState } from 'react'
import { toast } from '../../design/announcer.tsx'
import { Button } from '../../design/button.tsx'
import { ScopeNote } from '../../design/scope-note.tsx'
import { LoadingState, RefusedState, Skeleton } from '../../design/states.tsx'
import { asGatewayError, useGateway, useQuery } from '../../gateway/use-gateway.ts'
import { pathOf } from '../../route/route.ts'
import { useUnsaved } from '../../route/unsaved.ts'
import { navigate } from '../../route/use-route.ts'
import { Failure } from '../../shell/failure.tsx'
import { Screen } from '../../shell/screen.tsx'
import { BasicSections } from './basic-sections.tsx'
import styles from './bot-agent.module.css'
import { ActionCatalogue, CreateBotAgent } from './draft/bot-agent.operations.ts'
import type { Catalogue } from './draft/catalogue.ts'
import { type Draft, newBotAgent } from './draft/draft.ts'
import type { Edit } from './draft/edit.ts'
import { type FieldError, fieldErrorsOf, without } from './draft/field-error.ts'
import { inputOf } from './draft/input.ts'
import { changesBetween } from './draft/merge.ts'
import { goToPlace } from './draft/place.tsx'
import { ErrorSummary } from './error-summary.tsx'
import { usePermission } from './permission.tsx'
import { WebhooksSection } from './webhooks-section.tsx'

export function NewBotAgent() {
  const { mayChange } = usePermission(undefined)
  const { data, error, reload } = useQuery(ActionCatalogue, mayChange ? {} : undefined)
  return (
    <Screen title="New bot">
      {!mayChange && !data && <RefusedState scope="agents-bot--my:rw" />}
      {error && !data && <Failure error={error} onRetry={reload} />}
      {mayChange && !data && !error && (
        <LoadingState label="Loading the form">
          <Skeleton height="30rem" />
        </LoadingState>
      )}
      {data && <Form catalogue={data.webhookActions} mayCreate={mayChange} />}
    </Screen>
  )
}

/** @param props.mayCreate a token that is renewed may allow less: then what was typed stays */
function Form({ catalogue, mayCreate }: { catalogue: Catalogue; mayCreate: boolean }) {
  const gateway = useGateway()
  const [first] = useState<Draft>(newBotAgent)
  const [draft, setDraft] = useState(first)
  const [errors, setErrors] = useState<readonly FieldError[]>([])
  const [failure, setFailure] = useState<string | undefined>()
  const [saving, setSaving] = useState(false)
  /** The same input is sent with the same key, so that nothing is created twice if an answer is lost. */
  const sent = useRef({ input: '', key: '' })

  useEffect(() => {
    const [error] = errors
    if (error) goToPlace(error.path)
  }, [errors])

  useUnsaved(changesBetween(first, draft).length > 0)

  const edit: Edit = (path, change) => {
    setDraft(change)
    setErrors((errors) => without(errors, path))
  }

  const create = async () => {
    const { input, errors } = inputOf(draft)
    setErrors(errors)
    setFailure(undefined)
    if (errors.length > 0) return
    const text = JSON.stringify(input)
    if (sent.current.input !== text) sent.current = { input: text, key: newIdempotencyKey() }
    setSaving(true)
    try {
      const { createBotAgent } = await gateway.run(CreateBotAgent, {
        input: { ...input, idempotencyKey: sent.current.key },
      })
      setErrors(fieldErrorsOf(createBotAgent.userErrors, draft.webhooks?.actions))
      if (createBotAgent.botAgent) {
        toast(`${createBotAgent.botAgent.name} is created`)
        navigate(pathOf({ screen: 'bot-agent', id: createBotAgent.botAgent.id }), { replace: true, unasked: true })
      }
    } catch (error) {
      setFailure(asGatewayError(error).message)
    } finally {
      setSaving(false)
    }
  }

  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        create()
      }}
    >
      <ErrorSummary errors={errors} onGo={goToPlace} />
      {failure && (
        <p className={styles.wrong} role="alert">
          Nothing was created, or the answer was lost. {failure} You can try again: nothing is created twice.
        </p>
      )}
      <fieldset className={styles.sections} disabled={!mayCreate} aria-label="Settings">
        <BasicSections {...{ draft, errors, edit }} />
        <WebhooksSection {...{ draft, errors, edit, catalogue }} isStored={false} showPreview />
      </fieldset>
      <div className={styles.bar}>
        <div className={styles.changed}>{!mayCreate && <ScopeNote to="create bots" scope="agents-bot--my:rw" />}</div>
        <Button onClick={() => navigate(pathOf({ screen: 'board' }))}>Cancel</Button>
        <Button look="primary" type="submit" busy={saving} disabled={!mayCreate}>
          Create
        </Button>
      </div>
    </form>
  )
}

function newIdempotencyKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

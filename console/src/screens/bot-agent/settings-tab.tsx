import { useEffect, useState } from 'react'
import { toast } from '../../design/announcer.tsx'
import { BasicSections } from './basic-sections.tsx'
import styles from './bot-agent.module.css'
import { Conflict } from './conflict.tsx'
import type { Catalogue } from './draft/catalogue.ts'
import type { BotAgent } from './draft/draft.ts'
import { goToPlace } from './draft/place.tsx'
import { ErrorSummary } from './error-summary.tsx'
import { type Permission, WhyReadOnly } from './permission.tsx'
import { SaveBar } from './save-bar.tsx'
import type { BotAgentForm } from './use-bot-agent-form.ts'
import { RotateDialog } from './webhooks/rotate-dialog.tsx'
import { SecretKey } from './webhooks/secret-key.tsx'
import { WebhooksSection } from './webhooks-section.tsx'

/** Everything about a bot that can be changed. */
export function SettingsTab({
  bot,
  form,
  catalogue,
  permission,
  onChanged,
}: {
  bot: BotAgent
  form: BotAgentForm
  catalogue: Catalogue
  permission: Permission
  onChanged: (bot: BotAgent) => void
}) {
  const [rotating, setRotating] = useState(false)
  const { draft, errors, edit, now, failure } = form

  useEffect(() => {
    const [first] = errors
    if (first && !form.saving) goToPlace(first.path)
  }, [errors, form.saving])

  const { isOwn, mayChange } = permission
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (!now) form.save()
      }}
    >
      {!mayChange && (
        <p className={styles.readOnly}>
          <WhyReadOnly {...{ bot, permission }} />
        </p>
      )}
      {now && <Conflict base={form.base} draft={draft} now={now} onGoOn={form.goOn} onDiscard={form.discard} />}
      <ErrorSummary errors={errors} onGo={goToPlace} />
      {failure && (
        <p className={styles.wrong} role="alert">
          Nothing was saved, or the answer was lost. {failure.message} You can save again: nothing of others is
          overwritten.
        </p>
      )}
      <fieldset className={styles.sections} disabled={!mayChange} aria-label="Settings">
        <BasicSections {...{ draft, errors, edit }} />
        <WebhooksSection {...{ draft, errors, edit, catalogue }} isStored={bot.webhooks !== null} showPreview={isOwn} />
      </fieldset>
      {bot.webhooks && draft.webhooks && (
        <section className={styles.card}>
          <SecretKey bot={bot} isOwn={isOwn} onRotate={mayChange ? () => setRotating(true) : undefined} />
        </section>
      )}
      {mayChange && (
        <SaveBar changes={form.changes} saving={form.saving} blocked={now !== undefined} onDiscard={form.discard} />
      )}
      {rotating && (
        <RotateDialog
          bot={bot}
          onRotated={(rotated) => {
            onChanged(rotated)
            toast('The secret key is rotated')
          }}
          onClose={() => setRotating(false)}
        />
      )}
    </form>
  )
}

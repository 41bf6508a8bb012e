import { useEffect, useMemo, useState } from 'react'
import { announce, toast } from '../../design/announcer.tsx'
import type { GatewayError } from '../../gateway/gateway-error.ts'
import { asGatewayError, useConnection, useGateway } from '../../gateway/use-gateway.ts'
import { UpdateBotAgent } from './draft/bot-agent.operations.ts'
import { type BotAgent, type Draft, draftOf } from './draft/draft.ts'
import type { Edit } from './draft/edit.ts'
import { type FieldError, fieldErrorsOf, without } from './draft/field-error.ts'
import { inputOf } from './draft/input.ts'
import { changesBetween, merged } from './draft/merge.ts'
import type { Part } from './draft/parts.ts'

export interface BotAgentForm {
  readonly draft: Draft
  readonly errors: readonly FieldError[]
  readonly edit: Edit
  /** As the bot was when the reader began to edit it. */
  readonly base: Draft
  readonly changes: readonly Part[]
  /** As others have changed the bot while the reader edits it. */
  readonly now: Draft | undefined
  readonly saving: boolean
  readonly failure: GatewayError | undefined
  save(): Promise<void>
  discard(): void
  /** Goes on with what others have changed. @param kept names of the parts that stay as the reader has them */
  goOn(kept: ReadonlySet<string>): void
}

/** The form of a bot that is there. @param bot as it is now @param take is called with the bot as a change has left it */
export function useBotAgentForm(bot: BotAgent, take: (bot: BotAgent) => void): BotAgentForm {
  const gateway = useGateway()
  const [opened, setOpened] = useState(bot)
  const base = useMemo(() => draftOf(opened), [opened])
  const [draft, setDraft] = useState(base)
  const [errors, setErrors] = useState<readonly FieldError[]>([])
  const [failure, setFailure] = useState<GatewayError | undefined>()
  const [saving, setSaving] = useState(false)
  const changes = useMemo(() => changesBetween(base, draft), [base, draft])
  const isOutdated = bot.updatedAt > opened.updatedAt
  const present = useMemo(() => (isOutdated ? draftOf(bot) : undefined), [bot, isOutdated])

  const { state } = useConnection()
  useEffect(() => {
    if (state === 'live') setFailure((failure) => (failure?.trouble === 'offline' ? undefined : failure))
  }, [state])

  const open = (next: BotAgent, nextDraft: Draft) => {
    setOpened(next)
    setDraft(nextDraft)
    setErrors([])
    setFailure(undefined)
  }

  useEffect(() => {
    if (!present || saving) return
    // Nobody’s work is lost: nothing is being edited, or what has changed is not in the form.
    if (changes.length > 0 && changesBetween(base, present).length > 0) return
    if (changesBetween(base, present).length > 0) announce('The bot has been changed')
    setOpened(bot)
    if (changes.length === 0) setDraft(present)
  }, [present, saving, changes, base, bot])

  return {
    draft,
    errors,
    base,
    changes,
    now: changes.length > 0 && !saving ? present : undefined,
    saving,
    failure,
    edit(path, change) {
      setDraft(change)
      setErrors((errors) => without(errors, path))
    },
    async save() {
      const { input, errors } = inputOf(draft)
      setErrors(errors)
      setFailure(undefined)
      if (errors.length > 0) return
      setSaving(true)
      const changed = new Set(changes.map(({ name }) => name.split('.')[0]))
      const fields = Object.fromEntries(Object.entries(input).filter(([name]) => changed.has(name)))
      try {
        const { updateBotAgent } = await gateway.run(UpdateBotAgent, {
          input: { id: opened.id, ...fields, expectedUpdatedAt: opened.updatedAt },
        })
        const { botAgent, userErrors } = updateBotAgent
        if (botAgent) take(botAgent)
        if (botAgent && userErrors.length === 0) {
          open(botAgent, draftOf(botAgent))
          toast('Saved')
        }
        setErrors(
          fieldErrorsOf(
            userErrors.filter(({ reason }) => reason !== 'OUTDATED'),
            draft.webhooks?.actions,
          ),
        )
      } catch (error) {
        setFailure(asGatewayError(error))
      } finally {
        setSaving(false)
      }
    },
    discard: () => open(bot, draftOf(bot)),
    goOn(kept) {
      if (present) open(bot, merged(base, draft, present, kept))
    },
  }
}

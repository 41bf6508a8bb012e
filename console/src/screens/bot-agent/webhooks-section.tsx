import { useState } from 'react'
import { Button } from '../../design/button.tsx'
import { Dialog } from '../../design/dialog.tsx'
import styles from './bot-agent.module.css'
import type { Catalogue } from './draft/catalogue.ts'
import { newWebhooks, type WebhooksDraft } from './draft/draft.ts'
import type { FormProps } from './draft/edit.ts'
import { adding, changeAndFocus, Place } from './draft/place.tsx'
import { ActionList } from './webhooks/action-list.tsx'
import { HeaderFields } from './webhooks/header-fields.tsx'
import { Preview } from './webhooks/preview.tsx'
import { WebhooksFields } from './webhooks/webhooks-fields.tsx'

/** Where webhooks are sent, and what triggers them, with the preview beside it. */
export function WebhooksSection({
  draft: { webhooks, status },
  errors,
  edit,
  catalogue,
  isStored,
  showPreview,
}: FormProps & {
  catalogue: Catalogue
  /** The bot has webhooks already, and so a secret key. */
  isStored: boolean
  showPreview: boolean
}) {
  const [removing, setRemoving] = useState(false)
  const setWebhooks = (webhooks: WebhooksDraft | null) => edit('webhooks', (draft) => ({ ...draft, webhooks }))
  const remove = () =>
    changeAndFocus(() => {
      setRemoving(false)
      setWebhooks(null)
    }, adding('webhooks'))
  if (!webhooks) {
    return (
      <section className={styles.card} aria-labelledby="webhooks-title">
        <h2 id="webhooks-title">Webhooks</h2>
        <p className={styles.hint}>
          {isStored
            ? 'Its webhooks are removed when you save. What waits to be sent is then cancelled.'
            : 'The bot hears nothing. With webhooks it gets what happens in chats.'}
        </p>
        <Place path={adding('webhooks')}>
          <Button icon="plus" onClick={() => changeAndFocus(() => setWebhooks(newWebhooks), 'webhooks.url')}>
            Add webhooks
          </Button>
        </Place>
      </section>
    )
  }
  const props = {
    webhooks,
    errors,
    editWebhooks: (path: string, change: Partial<WebhooksDraft>) =>
      edit(`webhooks.${path}`, (draft) => ({
        ...draft,
        webhooks: draft.webhooks && { ...draft.webhooks, ...change },
      })),
  }
  return (
    <>
      <section className={styles.card} aria-labelledby="webhooks-title">
        <div className={styles.cardHead}>
          <h2 id="webhooks-title">Webhooks</h2>
          <Button look="quiet" size="small" onClick={isStored ? () => setRemoving(true) : remove}>
            Remove webhooks
          </Button>
        </div>
        {status === 'OFFLINE' && (
          <p className={styles.note}>
            The bot is offline, so nothing is sent. Choose another status to have it listen.
          </p>
        )}
        <div className={styles.fields}>
          <WebhooksFields {...props} needsKey={!isStored} />
          <HeaderFields {...props} />
        </div>
      </section>
      <section className={styles.card} aria-labelledby="actions-title">
        <h2 id="actions-title">Actions</h2>
        <p className={styles.hint}>What the bot listens to. Filters narrow it down: all of them must be met.</p>
        <div className={styles.beside}>
          <ActionList {...props} catalogue={catalogue} />
          {showPreview && <Preview actions={webhooks.actions} />}
        </div>
      </section>
      <Dialog
        open={removing}
        onClose={() => setRemoving(false)}
        title="Remove the webhooks?"
        description="When you save, everything that waits to be sent is cancelled, and the secret key and the headers are gone."
        actions={
          <>
            <Button onClick={() => setRemoving(false)}>Cancel</Button>
            <Button look="danger" onClick={remove}>
              Remove webhooks
            </Button>
          </>
        }
      />
    </>
  )
}

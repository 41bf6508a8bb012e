import { useState } from 'react'
import { Button } from '../design/button.tsx'
import { Dialog } from '../design/dialog.tsx'
import { Sentence } from '../design/sentence.tsx'
import { useSession } from '../session/use-session.ts'

/** Says that the session has ended. What was on the screen can still be read. */
export function SessionEnded() {
  const { ended } = useSession()
  const [dismissed, setDismissed] = useState(false)
  if (!ended) return null
  return (
    <Dialog
      open={!dismissed}
      onClose={() => setDismissed(true)}
      title="Your session has ended"
      description={
        <>
          <Sentence text={ended.reason} /> Sign in again to continue where you are.
        </>
      }
      actions={
        <>
          <Button onClick={() => setDismissed(true)}>Keep reading</Button>
          <Button look="primary" onClick={ended.signIn}>
            Sign in again
          </Button>
        </>
      }
    />
  )
}

import { Button } from '../design/button.tsx'
import { Dialog } from '../design/dialog.tsx'
import { useLeaving } from '../route/unsaved.ts'

/** Asks before changes are lost. */
export function LeaveDialog() {
  const leaving = useLeaving()
  if (!leaving) return null
  return (
    <Dialog
      open
      onClose={leaving.stay}
      title="Leave without saving?"
      description="What you have changed here is not saved, and would be lost."
      actions={
        <>
          <Button onClick={leaving.stay}>Keep editing</Button>
          <Button look="danger" onClick={leaving.leave}>
            Leave
          </Button>
        </>
      }
    />
  )
}

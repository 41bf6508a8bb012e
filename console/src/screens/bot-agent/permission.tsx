import { ScopeNote } from '../../design/scope-note.tsx'
import { useAllows, useSession } from '../../session/use-session.ts'
import type { BotAgent } from './draft/draft.ts'

/** What the caller may do with a bot. */
export interface Permission {
  readonly isOwn: boolean
  /** Create, update, ping, enable, and read the audit trail. */
  readonly mayChange: boolean
  readonly mayRemove: boolean
}

/** @param bot `undefined`: one that is to be created */
export function usePermission(bot: BotAgent | undefined): Permission {
  const { clientId } = useSession().viewer
  const mayChangeOwn = useAllows('agents-bot--my:rw')
  const mayRemoveOthers = useAllows('agents-bot--all:rw')
  const isOwn = !bot || bot.application.clientId === clientId
  return { isOwn, mayChange: isOwn && mayChangeOwn, mayRemove: isOwn ? mayChangeOwn : mayRemoveOthers }
}

/** Says why a bot can only be read. */
export function WhyReadOnly({ bot, permission }: { bot: BotAgent; permission: Permission }) {
  if (permission.mayChange) return null
  if (permission.isOwn) return <ScopeNote to="change this bot" scope="agents-bot--my:rw" />
  return (
    <span>
      You can read this bot. Only the application that owns it, <strong>{bot.application.clientId}</strong>, can change
      it.
    </span>
  )
}

export interface Change {
  readonly botAgentId: string
  readonly botAgent?: { readonly name: string } | null | undefined
  readonly previousStatus?: string | null | undefined
  readonly status: string
}

/** What the programs print of each change. */
export function told({ botAgent, botAgentId, previousStatus, status }: Change): string {
  return `${botAgent?.name ?? botAgentId}: ${previousStatus ?? 'new'} → ${status}`
}

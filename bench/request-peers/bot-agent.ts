/** A bot agent in the shape of the schema, so that no field needs a resolver. What has a loader may be missing. */
export interface BotAgent {
  readonly id: string
  readonly name: string
  readonly avatar: string | null
  readonly status: string
  readonly maxChatsCount: number
  readonly defaultGroupPriority: string
  readonly application: { readonly clientId: string }
  readonly webhooks: { readonly url: string; readonly state: string } | null
  readonly createdAt: string
  readonly updatedAt: string
}

/** Which bot agents a caller may use: those of a license, or only those of one of its applications. */
export interface Reach {
  readonly licenseId: number
  readonly clientId?: string
}

/** The statements of a peer. */
export interface BotAgents {
  find(reach: Reach, id: string): Promise<BotAgent | undefined>
  /** Oldest first. */
  page(reach: Reach, first: number): Promise<BotAgent[]>
  /** @returns `undefined` if it is out of reach */
  setStatus(reach: Required<Reach>, id: string, status: string): Promise<BotAgent | undefined>
}

/** Both layouts have these columns. */
export const columns = `id, name, avatar, status, max_chats_count, default_group_priority, client_id, webhooks_url, webhooks_state,
  created_at, updated_at`

export interface BotAgentRow {
  id: string
  name: string
  avatar: string | null
  status: string
  max_chats_count: number
  default_group_priority: string
  client_id: string
  webhooks_url: string | null
  webhooks_state: string
  created_at: string
  updated_at: string
}

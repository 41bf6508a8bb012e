/** A row of the gateway's `bot_agent`, as node-postgres reads it. */
export interface LimitRow {
  readonly id: string
  readonly name: string
  readonly avatar: string | null
  readonly status: string
  readonly max_chats_count: number
  readonly default_group_priority: string
  readonly groups: readonly object[]
  readonly client_id: string
  readonly webhooks_url: string
  readonly webhooks_state: string
  readonly webhooks_actions: readonly { readonly name: string }[]
  readonly created_at: string
  readonly updated_at: string
}

/** What an operation gets of it. */
export function limitBotAgent(row: LimitRow): object {
  return {
    id: row.id,
    name: row.name,
    avatar: row.avatar,
    status: row.status,
    maxChatsCount: row.max_chats_count,
    defaultGroupPriority: row.default_group_priority,
    groups: row.groups,
    application: { clientId: row.client_id },
    webhooks: {
      url: row.webhooks_url,
      state: row.webhooks_state,
      actions: row.webhooks_actions.map(({ name }) => ({ name })),
    },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

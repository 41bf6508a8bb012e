import { type BotAgent as BotAgentRow, type BotAgentStatus, Prisma } from '../database/client/client.ts'
import type { Database, Transaction } from '../database/database.ts'
import type { Encryption } from '../database/encryption.ts'
import type { WebhookSubscription } from '../webhooks/webhooks.ts'
import type { BotAgent, CreateBotAgent, GroupMembership, UpdateBotAgent } from './bot-agent.ts'

/** Which bot agents one may reach: those of a license, or of one application in it. Every read and write starts from it. */
export interface Reach {
  readonly licenseId: number
  readonly clientId?: string
}

/** The bot agent behind which a page starts. */
export interface Place {
  readonly createdAt: Date
  readonly id: string
}

export interface Selection {
  readonly statuses?: readonly BotAgentStatus[]
}

/** Rows of `bot_agent`; a transaction is handed in by who owns it. */
export function botAgentStore(options: { database: Database; encryption: Encryption }) {
  const { database, encryption } = options

  const toBotAgent = (row: BotAgentRow): BotAgent => ({
    id: row.id,
    licenseId: row.licenseId,
    clientId: row.clientId,
    name: row.name,
    avatar: row.avatar,
    status: row.status,
    maxChatsCount: row.maxChatsCount,
    defaultGroupPriority: row.defaultGroupPriority,
    groups: row.groups as unknown as readonly GroupMembership[],
    webhooks: toWebhooks(row),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  })

  const toWebhooks = (row: BotAgentRow): BotAgent['webhooks'] => {
    const { id, webhooksUrl: url, webhooksSecretKey: sealed, webhooksState: state, webhooksActions: actions } = row
    if (url === null || sealed === null || state === null) return null
    return {
      url,
      state,
      actions: actions as unknown as readonly WebhookSubscription[],
      secretKey: () => encryption.decrypt(sealed, id),
    }
  }

  const webhookColumns = (id: string, webhooks: CreateBotAgent['webhooks']) => ({
    webhooksUrl: webhooks ? webhooks.url : null,
    webhooksSecretKey: webhooks ? encryption.encrypt(webhooks.secretKey, id) : null,
    webhooksState: webhooks ? ('ACTIVE' as const) : null,
    webhooksActions: webhooks ? webhooks.actions : Prisma.DbNull,
  })

  return {
    async find(reach: Reach, ids: readonly string[]): Promise<BotAgent[]> {
      const rows = await database.botAgent.findMany({ where: { ...reach, id: { in: [...ids] } } })
      return rows.map(toBotAgent)
    },

    /** In the order in which they were created. */
    async page(reach: Reach, { statuses }: Selection, after: Place | undefined, take: number): Promise<BotAgent[]> {
      const rows = await database.botAgent.findMany({
        where: {
          ...reach,
          ...(statuses && { status: { in: [...statuses] } }),
          ...(after && {
            createdAt: { gte: after.createdAt },
            OR: [{ createdAt: { gt: after.createdAt } }, { id: { gt: after.id } }],
          }),
        },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        take,
      })
      return rows.map(toBotAgent)
    },

    count(reach: Reach, { statuses }: Selection, transaction: Transaction = database): Promise<number> {
      return transaction.botAgent.count({ where: { ...reach, ...(statuses && { status: { in: [...statuses] } }) } })
    },

    /** Makes the transactions that add to what one application owns go one after the other. */
    async lockOwner(transaction: Transaction, { licenseId, clientId }: Required<Reach>): Promise<void> {
      const owner = `bot agents of ${licenseId} ${clientId}`
      await transaction.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${owner}, 0))::text`
    },

    async insert(
      transaction: Transaction,
      owner: Required<Reach> & { id: string; accessTokenHash: Buffer<ArrayBuffer> },
      { webhooks, ...columns }: CreateBotAgent,
    ): Promise<BotAgent> {
      return toBotAgent(
        await transaction.botAgent.create({ data: { ...owner, ...columns, ...webhookColumns(owner.id, webhooks) } }),
      )
    },

    /** The status of a bot agent that no one else can change until the transaction ends; `undefined` if out of reach. */
    async lock(
      transaction: Transaction,
      reach: Reach,
      id: string,
    ): Promise<{ status: BotAgentStatus; now: Date } | undefined> {
      const [row] = await transaction.$queryRaw<{ status: BotAgentStatus; now: Date }[]>`
        select status, clock_timestamp() as now from bot_agent where id = ${id} and ${within(reach)} for update`
      return row
    },

    async update(
      transaction: Transaction,
      id: string,
      { webhooks, ...columns }: UpdateBotAgent,
      binding: { accessTokenHash: Buffer<ArrayBuffer>; updatedAt: Date },
    ): Promise<BotAgent> {
      return toBotAgent(
        await transaction.botAgent.update({
          where: { id },
          data: { ...given(columns), ...binding, ...(webhooks !== undefined && webhookColumns(id, webhooks)) },
        }),
      )
    },

    /** What was removed; `undefined` if out of reach. */
    async remove(
      transaction: Transaction,
      reach: Reach,
      id: string,
    ): Promise<{ clientId: string; status: BotAgentStatus } | undefined> {
      const [row] = await transaction.$queryRaw<{ clientId: string; status: BotAgentStatus }[]>`
        delete from bot_agent where id = ${id} and ${within(reach)} returning client_id as "clientId", status`
      return row
    },
  }
}

function within({ licenseId, clientId }: Reach): Prisma.Sql {
  const license = Prisma.sql`license_id = ${licenseId}`
  return clientId === undefined ? license : Prisma.sql`${license} and client_id = ${clientId}`
}

/** Prisma refuses `undefined`, for which a careless `where` would match everything. */
function given<Columns extends object>(columns: Columns) {
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Columns]: Exclude<Columns[Name], undefined>
  }
}

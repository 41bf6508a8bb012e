import { type BotAgentStatus, Prisma, WebhookOrder } from '../database/client/client.ts'
import type { Encryption } from '../database/encryption.ts'
import type { EncryptedColumn } from '../database/encryption-keys.ts'
import { healthy } from '../deliveries/webhooks-health.ts'
import type { Change } from '../feed/change.ts'
import type { Reach } from '../identity/reach.ts'
import type { FormerSecretKeys } from '../webhooks/former-secret-keys.ts'
import { headersText } from '../webhooks/static-headers.ts'
import type { BotAgent, CreateBotAgent, UpdatedColumns } from './bot-agent.ts'
import { botAgentColumns, laterUpdate, within } from './bot-agent-columns.ts'
import { type BotAgentRow, botAgentOf } from './bot-agent-row.ts'

/** The columns that contain secrets. */
export const encryptedColumns: readonly EncryptedColumn[] = [
  { table: 'bot_agent', column: 'webhooks_secret_key', owner: 'id' },
  { table: 'bot_agent', column: 'webhooks_headers', owner: 'id' },
]

/** A bot agent under lock, as it was before the change. */
export interface Locked {
  readonly before: BotAgent
  /** Encrypted. */
  readonly secretKey: Uint8Array | null
  /** Encrypted. */
  readonly headers: Uint8Array | null
  /** The time of the change. */
  readonly now: Date
}

export interface LoggedOut {
  readonly id: string
  readonly licenseId: number
  readonly clientId: string
  readonly previousStatus: BotAgentStatus
}

/** null removes them. */
type Webhooks = Exclude<UpdatedColumns['webhooks'], undefined>

/** Rows of `bot_agent`: what changes do with them. */
export function createBotAgentStore(options: { encryption: Encryption; formerSecretKeys: FormerSecretKeys }) {
  const { encryption, formerSecretKeys } = options

  const webhookColumns = (id: string, webhooks: Webhooks) => ({
    webhooksUrl: webhooks ? webhooks.url : null,
    webhooksOrigin: webhooks ? new URL(webhooks.url).origin : null,
    ...secretKeyColumn(id, webhooks),
    ...headersColumn(id, webhooks),
    webhooksActions: webhooks ? webhooks.actions : Prisma.DbNull,
    webhooksOrder: webhooks ? webhooks.order : WebhookOrder.NONE,
    webhooksMaxPerSecond: webhooks?.maxPerSecond ?? null,
    ...healthy,
    webhooksState: webhooks ? healthy.webhooksState : null,
  })

  /** No column for webhooks without a key: the stored one is not read, and stays as it is. */
  const secretKeyColumn = (id: string, webhooks: Webhooks) => {
    if (!webhooks) return { webhooksSecretKey: null }
    const { secretKey } = webhooks
    return secretKey === undefined ? {} : { webhooksSecretKey: encryption.encrypt(secretKey, id) }
  }

  /** No column for webhooks without headers: the stored ones stay as they are. */
  const headersColumn = (id: string, webhooks: Webhooks) => {
    if (!webhooks) return { webhooksHeaders: null }
    const { headers } = webhooks
    if (headers === undefined) return {}
    return { webhooksHeaders: headers.length > 0 ? encryption.encrypt(headersText(headers), id) : null }
  }

  /** Writes the actions that the bot agent listens to, for finding the listeners of an event. */
  const listen = async ({ transaction }: Change, { id, licenseId, webhooks }: BotAgent) => {
    await transaction.webhookListener.deleteMany({ where: { botAgentId: id } })
    const data = (webhooks?.actions ?? []).map(({ name: action }) => ({ licenseId, action, botAgentId: id }))
    if (data.length > 0) await transaction.webhookListener.createMany({ data })
  }

  return {
    count({ transaction }: Change, owner: Required<Reach>): Promise<number> {
      return transaction.botAgent.count({ where: owner })
    },

    /** Makes the transactions that create bot agents of one application run one after the other. */
    async lockOwner({ transaction }: Change, { licenseId, clientId }: Required<Reach>): Promise<void> {
      const owner = `bot agents of ${licenseId} ${clientId}`
      await transaction.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${owner}, 0))::text`
    },

    async insert(
      change: Change,
      owner: Required<Reach> & { id: string; accessTokenHash: Buffer<ArrayBuffer> },
      { webhooks, ...columns }: CreateBotAgent,
    ): Promise<BotAgent> {
      const data = { ...owner, ...columns, ...webhookColumns(owner.id, webhooks) }
      const created = botAgentOf(await change.transaction.botAgent.create({ data }), encryption)
      if (webhooks) await listen(change, created)
      return created
    },

    /** Keeps a bot agent from being changed until the transaction ends. @returns `undefined` if it is out of reach */
    async lock({ transaction }: Change, reach: Reach, id: string): Promise<Locked | undefined> {
      const [row] = await transaction.$queryRaw<(BotAgentRow & { now: Date })[]>`
        select ${Prisma.raw(botAgentColumns)}, ${laterUpdate} as now
        from bot_agent where id = ${id} and ${within(reach)} for update`
      if (!row) return undefined
      const { webhooksSecretKey: secretKey, webhooksHeaders: headers, now } = row
      return { before: botAgentOf(row, encryption), secretKey, headers, now }
    },

    /** Keeps everybody else from changing who listens in the license until the transaction ends: the triggers of a change do the same. */
    async lockListeners({ transaction }: Change, { licenseId }: Reach): Promise<void> {
      await transaction.$executeRaw`
        insert into listening (license_id, version) values (${licenseId}, gen_random_uuid()) on conflict (license_id) do nothing`
      await transaction.$queryRaw`select version from listening where license_id = ${licenseId} for update`
    },

    /** Keeps a bot agent from being removed until the transaction ends. @returns `undefined` if it is out of reach */
    async keep(
      { transaction }: Change,
      reach: Reach,
      id: string,
    ): Promise<Pick<BotAgent, 'id' | 'licenseId' | 'clientId'> | undefined> {
      const [row] = await transaction.$queryRaw<Pick<BotAgent, 'id' | 'licenseId' | 'clientId'>[]>`
        select id, license_id as "licenseId", client_id as "clientId" from bot_agent
        where id = ${id} and ${within(reach)} for key share`
      return row
    },

    /** Updates a bot agent under lock. Webhooks without a secret key need one that is stored. */
    async update(
      change: Change,
      id: string,
      { webhooks, ...columns }: UpdatedColumns,
      { accessTokenHash, locked: { now, secretKey } }: { accessTokenHash: Buffer<ArrayBuffer>; locked: Locked },
    ): Promise<BotAgent> {
      if (webhooks?.secretKey !== undefined && secretKey) {
        await formerSecretKeys.keep(change, id, { sealed: secretKey, by: webhooks.secretKey, now })
      }
      const ofWebhooks = webhooks === undefined ? {} : webhookColumns(id, webhooks)
      const data = { ...given(columns), ...ofWebhooks, accessTokenHash, updatedAt: now }
      const updated = botAgentOf(await change.transaction.botAgent.update({ where: { id }, data }), encryption)
      if (webhooks !== undefined) await listen(change, updated)
      return updated
    },

    /** Sets the bot agents OFFLINE that are logged in with these access tokens. @returns these bot agents */
    logOut({ transaction }: Change, accessTokenHashes: readonly Uint8Array[]): Promise<LoggedOut[]> {
      return transaction.$queryRaw<LoggedOut[]>`
        with logged_in as (
          select id, status from bot_agent
          where access_token_hash = any(${accessTokenHashes.map((hash) => Buffer.from(hash))}::bytea[]) and status <> 'OFFLINE'
          order by id for update
        )
        update bot_agent set status = 'OFFLINE', updated_at = ${laterUpdate}
        from logged_in where bot_agent.id = logged_in.id
        returning bot_agent.id, license_id as "licenseId", client_id as "clientId", logged_in.status as "previousStatus"`
    },

    /** @returns what was removed; `undefined` if it is out of reach */
    async remove(
      { transaction }: Change,
      reach: Reach,
      id: string,
    ): Promise<{ clientId: string; status: BotAgentStatus } | undefined> {
      const [row] = await transaction.$queryRaw<{ clientId: string; status: BotAgentStatus }[]>`
        delete from bot_agent where id = ${id} and ${within(reach)} returning client_id as "clientId", status`
      return row
    },
  }
}

/** Removes `undefined`, which Prisma is set to refuse: in a careless `where` it would match everything. */
function given<Columns extends object>(columns: Columns) {
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Columns]: Exclude<Columns[Name], undefined>
  }
}

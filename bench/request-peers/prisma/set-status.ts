import type { BotAgent, BotAgentStatus, PrismaClient } from './client/client.ts'

/** The same steps as in ../bot-agent-statements.ts. @returns `null` if it is out of reach */
export function setStatus(
  prisma: PrismaClient,
  { licenseId, clientId }: { licenseId: number; clientId: string },
  id: string,
  status: BotAgentStatus,
): Promise<BotAgent | null> {
  return prisma.$transaction(async (transaction) => {
    const [locked] = await transaction.$queryRaw<{ status: BotAgentStatus }[]>`
      select status from bot_agent where id = ${id} and license_id = ${licenseId} and client_id = ${clientId} for update`
    if (!locked) return null
    const updated = await transaction.botAgent.update({ where: { id }, data: { status, updatedAt: new Date() } })
    const owner = { licenseId, botAgentId: id }
    if (status !== locked.status) {
      const data = { status, previousStatus: locked.status, reason: 'UPDATED' }
      await transaction.feedEntry.createMany({ data: { ...owner, topic: 'BOT_AGENT_STATUS', clientId, data } })
    }
    await transaction.auditEntry.createMany({
      data: { ...owner, ownerClientId: clientId, action: 'UPDATED', clientId },
    })
    return updated
  })
}

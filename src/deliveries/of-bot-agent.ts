import { Prisma } from '../database/client/client.ts'

/**
 * The condition for the deliveries of a bot agent. The index has a hash of the id, so a statement has to compare both: see
 * docs/decisions/delivery-storage.md. Within a state the index is in the order of `number`.
 */
export function ofBotAgent(id: string | Prisma.Sql): Prisma.Sql {
  return Prisma.sql`hashtext(bot_agent_id) = hashtext(${id}) and bot_agent_id = ${id}`
}

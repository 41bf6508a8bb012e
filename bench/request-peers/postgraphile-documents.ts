import { oneBotAgent, PAGE, pageOfBotAgents, type Workload } from '../request-workloads.ts'

const botAgent = `id: rowId name avatar status maxChatsCount defaultGroupPriority groups { id: rowId priority } clientId
  webhooksUrl webhooksState actions { name } createdAt updatedAt`

/** The same columns in the shape that PostGraphile makes of the tables. */
export const postgraphileDocuments: ReadonlyMap<Workload, string> = new Map([
  [oneBotAgent, `query ($id: String!) { botAgent(id: $id) { ${botAgent} } }`],
  [pageOfBotAgents, `{ botAgents(first: ${PAGE}) { ${botAgent} } }`],
])

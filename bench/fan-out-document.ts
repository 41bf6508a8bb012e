/** What all subscribers ask for. */
const selection =
  'botAgentStatusChanged { cursor botAgentId status previousStatus reason changedAt botAgent { id name status } }'

/** The id under which each subscriber asks for it. */
export const OPERATION_ID = 'changes'

/** With this every message that tells of a change begins, from each of the servers. One with errors begins otherwise. */
export const HEAD_OF_A_CHANGE = `{"id":"${OPERATION_ID}","type":"next","payload":{"data":{"botAgentStatusChanged":{`

/** @returns documents that differ only in the names of their operations, and so are strangers to a server */
export function documents(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `subscription Changes${index} { ${selection} }`)
}

/** What those messages say of a change. */
export interface ChangeMessage {
  readonly payload: { readonly data: { readonly botAgentStatusChanged: object } }
}

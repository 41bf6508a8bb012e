import { wireStatus } from '../src/bot-agents/bot-agent.ts'
import { type MethodName, methods } from '../src/methods/methods.ts'
import { type Bots, someLicense } from './request-bots.ts'

/** How many bot agents each license has, so that a list of them is one page. */
export const PER_LICENSE = 50

/** A method of the specification, and the operation that it runs: the same request in both ways. */
export interface MethodPair {
  readonly method: MethodName
  readonly document: string
  call(bots: Bots): MethodCall
}

interface MethodCall {
  readonly licenseId: number
  /** The body for the method. */
  readonly request: object
  /** The variables of the operation. */
  readonly variables: object
  /** What the response contains, in words of both, and how often. */
  readonly contains: { readonly words: string; readonly times: number }
}

export const methodPairs: readonly MethodPair[] = [
  {
    method: 'get_bot_agent_details',
    document: methods.get_bot_agent_details.document,
    call(bots) {
      const { licenseId, id } = bots.some()
      const contains = { words: `"id":"${id}"`, times: 1 }
      return { licenseId, request: { bot_agent_id: id }, variables: { botAgentId: id }, contains }
    },
  },
  {
    method: 'get_bot_agents',
    document: methods.get_bot_agents.document,
    call: () => ({
      licenseId: someLicense(),
      request: {},
      variables: { all: false },
      contains: { words: '"status":', times: PER_LICENSE },
    }),
  },
  {
    method: 'update_bot_agent',
    document: methods.update_bot_agent.document,
    call(bots) {
      const { licenseId, id } = bots.some()
      const status = bots.toggled(id)
      return {
        licenseId,
        request: { id, status: wireStatus(status) },
        variables: { input: { id, status } },
        // A response that has failed does not have the status 200, or has such an error.
        contains: { words: '"code":', times: 0 },
      }
    },
  },
]

import { z } from 'zod'
import { MOST_PER_PAGE } from '../contract/pagination.ts'
import { quoted } from '../contract/quoted.ts'
import {
  botAgent,
  botAgentDetails,
  botAgentId,
  createBotAgent,
  listedWebhookNames,
  updateBotAgent,
  webhookNames,
  webhooks,
  webhooksDetails,
} from './bot-agent-shapes.ts'
import { type Encode, encoder } from './encoder.ts'
import { MethodError, type MethodErrorType } from './method-error.ts'
import { type Fields, wire } from './wire.ts'

/** A method of the specification: a document that is executed on the schema, and the forms of its request and response. */
export interface Method {
  readonly summary: string
  readonly document: string
  /** The body of a request, which is decoded to the names and enum values of the schema. */
  readonly request: z.ZodType<Fields>
  readonly variables: (request: Fields) => Fields
  /** The variables for the next page, if the result is larger than one operation may return. */
  readonly next?: (data: Fields, variables: Fields) => Fields | undefined
  /** @returns the response, from the data of all pages, in the names and enum values of the schema @throws MethodError not_found */
  readonly result: (pages: readonly Fields[], request: Fields) => Fields
  /** Errors that it can return, besides those that every method can return. */
  readonly fails: readonly MethodErrorType[]
  /** The body of the response, which is encoded from the names and enum values of the schema. */
  readonly answer: z.ZodType<Fields>
  /** Encodes an answer. */
  readonly encode: Encode
}

const asInput = (input: Fields) => ({ input })
const nothing = wire({})
const userErrors = 'userErrors { code field message }'

/** Specification: Methods. Each is at `POST /agents/<name>`. */
export const methods = {
  create_bot_agent: method<{ createBotAgent: { botAgent: Fields } }>({
    summary: 'Create Bot Agent',
    document: `mutation ($input: CreateBotAgentInput!) {
      createBotAgent(input: $input) { botAgent { botAgentId: id } ${userErrors} }
    }`,
    request: createBotAgent,
    variables: asInput,
    result: ([data]) => data.createBotAgent.botAgent,
    fails: ['limit_reached'],
    answer: botAgentId,
  }),
  remove_bot_agent: method({
    summary: 'Remove Bot Agent',
    document: `mutation ($input: RemoveBotAgentInput!) { removeBotAgent(input: $input) { ${userErrors} } }`,
    request: botAgentId,
    variables: asInput,
    result: () => ({}),
    fails: ['not_found'],
    answer: nothing,
  }),
  update_bot_agent: method({
    summary: 'Update Bot Agent',
    document: `mutation ($input: UpdateBotAgentInput!) { updateBotAgent(input: $input) { ${userErrors} } }`,
    request: updateBotAgent,
    variables: asInput,
    result: () => ({}),
    fails: ['not_found'],
    answer: nothing,
  }),
  get_bot_agents: method<{
    botAgents: { nodes: Fields[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }
  }>({
    summary: 'Get Bot Agents',
    document: `query ($all: Boolean, $after: String) {
      botAgents(all: $all, first: ${MOST_PER_PAGE}, after: $after) {
        nodes { id name avatar status } pageInfo { hasNextPage endCursor }
      }
    }`,
    request: wire({
      all: z
        .boolean()
        .meta({
          default: false,
          description: 'Whether to return those of every application of the license, and not only the caller’s.',
        })
        .nullish(),
    }),
    variables: ({ all }) => ({ all: all ?? false }),
    next: ({ botAgents: { pageInfo } }, variables) =>
      pageInfo.hasNextPage ? { ...variables, after: pageInfo.endCursor } : undefined,
    result: (pages) => ({ botAgents: pages.flatMap(({ botAgents }) => botAgents.nodes) }),
    fails: [],
    answer: wire({ botAgents: z.array(botAgent).describe('Oldest first.') }),
  }),
  get_bot_agent_details: method<{ botAgent: Fields | null }>({
    summary: 'Get Bot Agent details',
    document: `query ($botAgentId: ID!) {
      botAgent(id: $botAgentId) {
        id name avatar status application { clientId } maxChatsCount defaultGroupPriority groups { id priority }
        webhooks {
          url secretKey
          actions {
            name
            filters {
              chatProperties { namespace name exists values excludeValues }
              chatMemberIds { agentsAny agentsExclude } authorType onlyMyChats
            }
            additionalData
          }
        }
      }
    }`,
    request: botAgentId,
    variables: (request) => request,
    result: ([{ botAgent }], { botAgentId }) => {
      if (botAgent) return { botAgent }
      const id = quoted(String(botAgentId))
      throw new MethodError('not_found', `\`bot_agent_id\` is not the id of a bot agent that you may see: ${id}`)
    },
    fails: ['not_found'],
    answer: wire({ botAgent: botAgentDetails }),
  }),
} satisfies Record<string, Method>

export type MethodName = keyof typeof methods

/** A method that needs no token: its response is the same for everybody, whatever the request has. */
export interface OpenMethod {
  readonly summary: string
  readonly answer: z.ZodType<readonly Fields[]>
  readonly result: readonly Fields[]
}

export const openMethods = {
  list_webhook_names: {
    summary: 'List webhook names',
    answer: webhookNames,
    result: listedWebhookNames,
  },
} satisfies Record<string, OpenMethod>

export function isOpenMethodName(name: string): name is keyof typeof openMethods {
  return Object.hasOwn(openMethods, name)
}

export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(methods, name)
}

/** Shapes that have a name of their own in the OpenAPI description. */
export const namedShapes = { Webhooks: webhooks, WebhooksDetails: webhooksDetails }

/** @param definition its document returns `Data` */
function method<Data>(
  definition: Omit<Method, 'next' | 'result' | 'encode'> & {
    next?: (data: Data, variables: Fields) => Fields | undefined
    result: (pages: readonly [Data, ...Data[]], request: Fields) => Fields
  },
): Method {
  return { ...definition, encode: encoder(definition.answer) } as Method
}

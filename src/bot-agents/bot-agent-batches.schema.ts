import { actorOf } from '../graphql/context.ts'
import { mutation, type Payload, type PayloadOptions, type PayloadRef } from '../graphql/mutation.ts'
import { requires } from '../graphql/permission.ts'
import { createBotAgent, removeBotAgent, updateBotAgent } from './bot-agent.schema.ts'
import { type BotAgentBatches, demandFew, MOST_IN_BATCH, type Results } from './bot-agent-batches.ts'
import { botAgentPolicy } from './bot-agent-policy.ts'

declare module '../graphql/context.ts' {
  interface Services {
    readonly botAgentBatches: BotAgentBatches
  }
}

const atomic = {
  defaultValue: false,
  description:
    'Whether nothing is changed if any item has an error. Otherwise each item takes effect, or fails, by itself, in the order given.',
} as const

const items = (of: string) => `${of}: at most ${MOST_IN_BATCH}. Items may be about the same bot agent.`

/** A batch with more items is refused. */
const countOf = ({ length }: readonly unknown[]) => Math.min(Math.max(length, 1), MOST_IN_BATCH)

function resultsOf<Result>(payload: PayloadRef<Result>): PayloadOptions<Results<Result>> {
  return {
    description: 'What became of each item.',
    fields: (t) => ({
      results: t.field({
        type: [payload],
        nullable: { list: false, items: true },
        description:
          'The payload of each item, in the order given, as the single mutation has it: the path in a user error is inside the item. Null where the gateway failed, with an error beside `data`. Empty if `userErrors` is not.',
        resolve: ({ result }) => [...(result ?? [])] as Payload<Result>[],
      }),
    }),
  }
}

mutation('createBotAgents', {
  ...requires(botAgentPolicy.write),
  description: 'Creates several bot agents, each as `createBotAgent` does.',
  input: {
    description: 'The bot agents to create.',
    fields: (t) => ({
      botAgents: t.field({ type: [createBotAgent.input], required: true, description: items('The bot agents') }),
      atomic: t.boolean(atomic),
    }),
  },
  async run({ botAgents, atomic }, context) {
    demandFew('botAgents', botAgents)
    return context.botAgentBatches.create(actorOf(context), { items: botAgents, atomic: atomic ?? false })
  },
  count: ({ botAgents }) => countOf(botAgents),
  payload: resultsOf(createBotAgent.payload),
})

mutation('updateBotAgents', {
  ...requires(botAgentPolicy.write),
  description: 'Updates several bot agents of your application, each as `updateBotAgent` does.',
  input: {
    description: 'The changes to bot agents.',
    fields: (t) => ({
      botAgents: t.field({ type: [updateBotAgent.input], required: true, description: items('The changes') }),
      atomic: t.boolean(atomic),
    }),
  },
  async run({ botAgents, atomic }, context) {
    demandFew('botAgents', botAgents)
    return context.botAgentBatches.update(actorOf(context), { items: botAgents, atomic: atomic ?? false })
  },
  count: ({ botAgents }) => countOf(botAgents),
  payload: resultsOf(updateBotAgent.payload),
})

mutation('removeBotAgents', {
  ...requires(botAgentPolicy.remove),
  description: 'Removes several bot agents permanently, each as `removeBotAgent` does.',
  input: {
    description: 'The bot agents to remove.',
    fields: (t) => ({
      botAgentIds: t.idList({ required: true, description: items('Their ids') }),
      atomic: t.boolean(atomic),
    }),
  },
  async run({ botAgentIds, atomic }, context) {
    demandFew('botAgentIds', botAgentIds)
    return context.botAgentBatches.remove(actorOf(context), { items: botAgentIds, atomic: atomic ?? false })
  },
  count: ({ botAgentIds }) => countOf(botAgentIds),
  payload: resultsOf(removeBotAgent.payload),
})

import type { BotAgent } from '../bot-agents/bot-agent.ts'
import type { ChatEvents } from '../chat-events/chat-event-service.ts'
import type { ChatEvent } from '../chat-events/chat-event-store.ts'
import { type Explanation, explainMatch, type Reason } from '../chat-events/explaining.ts'
import { quoted } from '../contract/quoted.ts'
import { RequestError } from '../contract/request-error.ts'
import { UserErrors, validate } from '../contract/user-error.ts'
import type { Database } from '../database/database.ts'
import { deliveryPolicy } from '../deliveries/delivery-policy.ts'
import type { Loaded } from '../graphql/loaded.ts'
import { reachOf } from '../identity/reach.ts'
import type { Viewer } from '../identity/viewer.ts'
import { type WebhookSubscription, webhookActionsRules } from '../webhooks/webhooks.ts'
import { findDeliveryOf } from './event-deliveries.ts'

/** Says why an event does or does not match. */
export type WebhookExplanations = ReturnType<typeof createWebhookExplanations>

export interface WebhookPreview {
  readonly chatEvent: ChatEvent
  readonly explanation: Explanation
}

const MOST_PREVIEWED = 100

export function createWebhookExplanations({ database, chatEvents }: { database: Database; chatEvents: ChatEvents }) {
  return {
    /**
     * Explains an event that the viewer may see with a bot agent as it is now.
     * @param botAgent null: there is none that the viewer may see
     */
    async explain(
      viewer: Viewer,
      chatEvent: ChatEvent,
      { id, botAgent }: { id: string; botAgent: BotAgent | null },
    ): Promise<Explanation> {
      const reach = reachOf(viewer, deliveryPolicy.read)
      const delivery = reach && (await findDeliveryOf(database, reach, { chatEventId: chatEvent.id, botAgentId: id }))
      const judged = botAgent ? judge(viewer, chatEvent, botAgent) : [unseen(id)]
      const matches = judged.every(({ held }) => held)
      const sent: Reason[] = botAgent ? stopped(botAgent) : []
      if (delivery) {
        const message = `The event made a webhook to the bot agent: ${delivery.id}, which is ${delivery.state}.`
        return { matched: true, reasons: [{ filter: null, held: true, message }, ...sent, ...judged] }
      }
      return {
        matched: matches,
        reasons: [...(botAgent && matches ? [noWebhook(chatEvent, botAgent)] : []), ...sent, ...judged],
      }
    },

    /**
     * Which of the last events that the viewer may see would match.
     * @param input in the form of webhookActionsRules
     * @throws RequestError BAD_USER_INPUT
     */
    async preview(
      viewer: Viewer,
      loaded: Loaded,
      { last, ...input }: { actions: readonly object[]; last: number },
    ): Promise<WebhookPreview[]> {
      if (last < 1 || last > MOST_PREVIEWED) {
        throw new RequestError('BAD_USER_INPUT', `\`last\` must be from 1 to ${MOST_PREVIEWED}; it is ${last}.`)
      }
      const actions = actionsOf(input)
      const { edges } = await chatEvents.list(viewer, loaded, { filter: {}, first: last })
      return edges.map(({ node: chatEvent }) => {
        const reasons = ofActions(viewer, chatEvent, actions, viewer)
        const first = reasons.find(({ held }) => !held)
        return { chatEvent, explanation: { matched: !first, reasons: first ? [first] : reasons } }
      })
    },
  }
}

function actionsOf(input: object): readonly WebhookSubscription[] {
  try {
    return validate(webhookActionsRules, input).actions
  } catch (error) {
    if (!(error instanceof UserErrors)) throw error
    throw new RequestError('BAD_USER_INPUT', error.errors[0]?.message ?? error.message)
  }
}

/** @returns what decides whether the bot agent gets the event */
function judge(viewer: Viewer, event: ChatEvent, botAgent: BotAgent): readonly Reason[] {
  const { id, clientId, status, createdAt, webhooks } = botAgent
  const { onlyClientId } = event
  const wrong: [boolean, string][] = [
    [
      onlyClientId !== null && onlyClientId !== clientId,
      `Only bot agents of the application ${quoted(onlyClientId)} get the event; this one is of ${quoted(clientId)}.`,
    ],
    [isAbout(event, id), 'The event is about the bot agent itself, which gets no webhook about itself.'],
    [createdAt > event.createdAt, `The bot agent was created at ${createdAt.toISOString()}, after the event.`],
    [status === 'OFFLINE', 'The bot agent is OFFLINE, and gets no events until it is logged in.'],
    [!webhooks, 'The bot agent has no webhooks.'],
  ]
  return [
    ...wrong.flatMap(([is, message]) => (is ? [{ filter: null, held: false, message }] : [])),
    ...(webhooks ? ofActions(viewer, event, webhooks.actions, { clientId }) : []),
  ]
}

function ofActions(
  viewer: Viewer,
  { action, seen }: ChatEvent,
  actions: readonly WebhookSubscription[],
  bot: { clientId: string },
): readonly Reason[] {
  const subscription = actions.find(({ name }) => name === action)
  if (!subscription) {
    const message = `The event is ${action}, and the webhooks are for ${actions.map(({ name }) => name).join(', ')}.`
    return [{ filter: null, held: false, message }]
  }
  if (seen !== null) return explainMatch(subscription, { action, seen }, bot, viewer).reasons
  const unfiltered = explainMatch({ ...subscription, filters: null }, { action, seen: '{}' }, bot, viewer).reasons
  if (!Object.values(subscription.filters ?? {}).some((value) => value !== null && value !== undefined))
    return unfiltered
  const message = 'It can’t tell whether the filters held: what they look at was not kept when the event came.'
  return [...unfiltered, { filter: null, held: false, message }]
}

/** What keeps webhooks that are made from being sent. */
function stopped({ webhooks }: BotAgent): Reason[] {
  if (!webhooks || webhooks.state === 'ACTIVE') return []
  const message =
    webhooks.state === 'DISABLED'
      ? 'The webhooks of the bot agent are DISABLED: new ones are held until you enable them and replay what was held.'
      : 'The webhooks of the bot agent are PAUSED, because their destination fails: they wait.'
  return [{ filter: null, held: false, message }]
}

function noWebhook({ createdAt }: ChatEvent, botAgent: BotAgent): Reason {
  const because =
    botAgent.updatedAt > createdAt
      ? `the bot agent was last changed at ${botAgent.updatedAt.toISOString()}, after the event, and did not match before or was OFFLINE`
      : 'it is still being made, or is no longer kept'
  return { filter: null, held: false, message: `There is no webhook of the event to the bot agent: ${because}.` }
}

function unseen(id: string): Reason {
  const message = `There is no bot agent ${quoted(id)} that you may see: it was removed, or belongs to another license or application.`
  return { filter: null, held: false, message }
}

/** The events about bot agents name theirs in their data. */
function isAbout({ action, data }: ChatEvent, botAgentId: string): boolean {
  if (action !== 'AGENT_STATUS_CHANGED' && action !== 'AGENT_DELETED') return false
  return (JSON.parse(data) as { agent_id?: string }).agent_id === botAgentId
}

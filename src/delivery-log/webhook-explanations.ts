import DataLoader from 'dataloader'
import type { BotAgent } from '../bot-agents/bot-agent.ts'
import type { ChatEvents } from '../chat-events/chat-event-service.ts'
import type { ChatEvent } from '../chat-events/chat-event-store.ts'
import { explainMatch, type Reason } from '../chat-events/explaining.ts'
import { isIdOf } from '../contract/identifier.ts'
import { quoted } from '../contract/quoted.ts'
import { RequestError } from '../contract/request-error.ts'
import { UserErrors, validate } from '../contract/user-error.ts'
import type { Database } from '../database/database.ts'
import { deliveryPolicy } from '../deliveries/delivery-policy.ts'
import { type Loaded, sizeOf } from '../graphql/loaded.ts'
import { reachOf } from '../identity/reach.ts'
import type { Viewer } from '../identity/viewer.ts'
import { type WebhookSubscription, webhookActionsRules } from '../webhooks/webhooks.ts'
import { explanationOf } from './attempt-explanation.ts'
import { type DeliveryOf, findDeliveriesOf } from './event-deliveries.ts'

/** Says why an event does or does not match. */
export type WebhookExplanations = ReturnType<typeof createWebhookExplanations>

export interface Explanation {
  readonly matched: boolean
  readonly reasons: readonly Reason[]
}

export interface WebhookPreview {
  readonly chatEvent: ChatEvent
  readonly explanation: Explanation
}

/** A delivery of an event to one bot agent. */
interface Made {
  readonly chatEventId: string
  readonly botAgentId: string
}

export const MOST_PREVIEWED = 100
const deliverySize = ({ failed }: DeliveryOf) => 120 + sizeOf(failed?.detail?.responseHeaders)

export function createWebhookExplanations({ database, chatEvents }: { database: Database; chatEvents: ChatEvents }) {
  return {
    /** Loads deliveries of events to bot agents, within one operation; null for those that do not exist, that the viewer may not see, or that are hidden from it. */
    deliveries(viewer: Viewer, loaded: Loaded): DataLoader<Made, DeliveryOf | null, string> {
      const keyOf = ({ chatEventId, botAgentId }: Made) => `${chatEventId} ${botAgentId}`
      return new DataLoader<Made, DeliveryOf | null, string>(
        async (asked) => {
          const reach = reachOf(viewer, deliveryPolicy.read)
          const possible = asked.filter((made) => isIdOf('BotAgent', made.botAgentId))
          const found =
            reach && possible.length > 0
              ? await loaded.read(
                  () => findDeliveriesOf(database, { reach, viewer: viewer.clientId }, possible),
                  deliverySize,
                )
              : []
          const byKey = new Map(found.map((delivery) => [keyOf(delivery), delivery]))
          return asked.map((made) => byKey.get(keyOf(made)) ?? null)
        },
        { cacheKeyFn: keyOf },
      )
    },

    /**
     * Explains an event that the viewer may see with a bot agent as it is now.
     * @param about.botAgent null: there is none that the viewer may see
     * @param about.delivery of the event to the bot agent; null: there is none that the viewer may see
     */
    explain(
      viewer: Viewer,
      chatEvent: ChatEvent,
      about: { id: string; botAgent: BotAgent | null; delivery: DeliveryOf | null },
    ): Explanation {
      const { id, botAgent, delivery } = about
      if (delivery && !botAgent) {
        return { matched: true, reasons: [made(delivery), remark('The bot agent has been removed since.')] }
      }
      const judged = botAgent ? judge(viewer, chatEvent, botAgent) : [unseen(id)]
      if (delivery) {
        return { matched: true, reasons: [made(delivery), ...judged, ...(botAgent ? waits(botAgent, delivery) : [])] }
      }
      const matched = judged.every(({ held }) => held)
      if (!botAgent || !matched) return { matched, reasons: judged }
      return { matched, reasons: [noWebhook(viewer, chatEvent, botAgent), ...judged, ...waits(botAgent, null)] }
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
      return edges.map(({ node: chatEvent }) => ({
        chatEvent,
        explanation: upToFirstUnmet(ofActions(viewer, chatEvent, actions, viewer)),
      }))
    },
  }
}

/** Looks no further than the first reason that did not hold, and shows that one alone. */
function upToFirstUnmet(reasons: Iterable<Reason>): Explanation {
  const met: Reason[] = []
  for (const reason of reasons) {
    if (!reason.held) return { matched: false, reasons: [reason] }
    met.push(reason)
  }
  return { matched: true, reasons: met }
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

function* ofActions(
  viewer: Viewer,
  { action, seen }: ChatEvent,
  actions: readonly WebhookSubscription[],
  bot: { clientId: string },
): Generator<Reason> {
  const subscription = actions.find(({ name }) => name === action)
  if (!subscription) {
    const message = `The event is ${action}, and the webhooks are for ${actions.map(({ name }) => name).join(', ')}.`
    yield { filter: null, held: false, message }
    return
  }
  if (seen !== null) {
    yield* explainMatch(subscription, { action, seen }, bot, viewer)
    return
  }
  yield* explainMatch({ ...subscription, filters: null }, { action, seen: '{}' }, bot, viewer)
  if (Object.values(subscription.filters ?? {}).some((value) => value !== null && value !== undefined)) {
    const message = 'It can’t tell whether the filters held: what they look at was not kept when the event came.'
    yield { filter: null, held: false, message }
  }
}

/** A remark is no condition, so it held. */
function remark(message: string): Reason {
  return { filter: null, held: true, message }
}

function made({ id, state, failed }: DeliveryOf): Reason {
  const why = failed && explanationOf(failed)
  return remark(`The event made a webhook to the bot agent: ${id}, which is ${state}.${why ? ` ${why}` : ''}`)
}

/**
 * What keeps a webhook that was made from being sent, if anything does.
 * @param delivery null: what would keep one that is made now
 */
function waits({ webhooks }: BotAgent, delivery: DeliveryOf | null): Reason[] {
  if (!webhooks) return []
  const { state, maxPerSecond } = webhooks
  if (state === 'DISABLED' && (delivery?.state ?? 'HELD') === 'HELD') {
    return [
      remark(
        'The webhooks of the bot agent are DISABLED: new ones are held until you enable them and replay what was held.',
      ),
    ]
  }
  if (state === 'PAUSED' && (delivery?.state ?? 'PENDING') === 'PENDING') {
    return [remark('The webhooks of the bot agent are PAUSED, because their destination fails: they wait.')]
  }
  if (state !== 'ACTIVE' || !delivery?.due || maxPerSecond === null) return []
  return [
    remark(
      `It is due, and waits for its turn or is being sent: the bot agent gets at most ${maxPerSecond} ${maxPerSecond === 1 ? 'webhook' : 'webhooks'} a second.`,
    ),
  ]
}

function noWebhook(viewer: Viewer, { createdAt }: ChatEvent, botAgent: BotAgent): Reason {
  const because =
    botAgent.updatedAt > createdAt
      ? `the bot agent was last changed at ${botAgent.updatedAt.toISOString()}, after the event, and did not match before or was OFFLINE`
      : 'it is still being made, or is no longer kept'
  const message =
    viewer.clientId === botAgent.clientId
      ? `There is no webhook of the event to the bot agent: ${because}.`
      : `There is no webhook of the event to the bot agent that you may see: it carried data that you may not read, or ${because}.`
  return { filter: null, held: false, message }
}

function unseen(id: string): Reason {
  const message = !isIdOf('BotAgent', id)
    ? `${quoted(id)} is not the id of a bot agent: one has 32 lower-case hex characters.`
    : `There is no bot agent ${quoted(id)} that you may see: it was removed, or belongs to another license or application.`
  return { filter: null, held: false, message }
}

/** The events about bot agents name theirs in their data. */
function isAbout({ action, data }: ChatEvent, botAgentId: string): boolean {
  if (action !== 'AGENT_STATUS_CHANGED' && action !== 'AGENT_DELETED') return false
  return (JSON.parse(data) as { agent_id?: string }).agent_id === botAgentId
}

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import type { Bot } from './bots.ts'

/** A webhook that has arrived, and the response to it. */
export interface Received {
  readonly bot: Bot
  /** The header `webhook-id`, the same for all duplicates. */
  readonly id: string
  /** Null if the signature is not valid: the sender does not know the secret key. */
  readonly body: z.output<typeof webhook> | null
  /** How many times it has arrived, this one included. */
  readonly times: number
  readonly answer: Answer
}

const webhook = z.object({
  action: z.string(),
  data: z.record(z.string(), z.unknown()),
  additional_data: z.record(z.string(), z.unknown()),
})

/** `note`: describes a response that is not the usual one. */
interface Answer {
  readonly status: number
  readonly text: string
  readonly note?: string
}
const well: Answer = { status: 200, text: 'Thank you' }
const forged: Answer = { status: 401, text: 'The signature is not valid', note: 'answered 401' }

/** The server that bots would run. Each bot has its own path. */
export interface Receiver {
  urlOf(bot: Bot): string
  stop(): Promise<void>
}

/**
 * Listens on a free port of this machine. Some webhooks of the first bot fail or are slow, to show retries.
 * @param pace milliseconds between two steps of the conversation; delays are multiples of it
 */
export async function startReceiver(
  bots: readonly Bot[],
  { pace, hear }: { pace: number; hear: (received: Received) => void },
): Promise<Receiver> {
  const retryAfter = Math.ceil((pace * 5) / 1_000)
  const busy: Answer = { status: 503, text: 'Too much to do', note: `answered 503, Retry-After: ${retryAfter}` }
  const slow: Answer = { status: 200, text: 'At last', note: `answered after ${(pace * 2) / 1_000} s` }
  const moods = [well, busy, well, well, slow, well, well]

  const times = new Map<string, number>()
  let firsts = 0
  const answerTo = (bot: Bot, isFirst: boolean): Answer => {
    if (bot !== bots[0] || !isFirst) return well
    firsts += 1
    return moods[(firsts - 1) % moods.length] ?? well
  }

  async function receive(bot: Bot, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = String(request.headers['webhook-id'])
    const body = verified(bot, await text(request), request.headers as Record<string, string>)
    if (!body) {
      hear({ bot, id, body, times: 1, answer: forged })
      response.writeHead(forged.status).end(forged.text)
      return
    }
    const now = (times.get(id) ?? 0) + 1
    times.set(id, now)
    const answer = answerTo(bot, now === 1)
    hear({ bot, id, body, times: now, answer })
    if (answer === slow) await delay(pace * 2)
    if (answer === busy) response.setHeader('retry-after', retryAfter)
    response.writeHead(answer.status).end(answer.text)
  }

  const server = createServer((request, response) => {
    const bot = bots.find(({ path }) => path === request.url)
    if (!bot) response.writeHead(404).end()
    else receive(bot, request, response).catch(() => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    urlOf: ({ path }) => `http://127.0.0.1:${port}${path}`,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** @returns the body, or null if the signature is not valid */
function verified({ secretKey }: Bot, body: string, headers: Record<string, string>) {
  try {
    return webhook.parse(new Webhook(secretKey, { format: 'raw' }).verify(body, headers))
  } catch {
    return null
  }
}

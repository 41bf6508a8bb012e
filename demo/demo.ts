import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { styleText } from 'node:util'
import { InvalidConfig } from '../src/config.ts'
import { stopSignal } from '../src/process/stop-signal.ts'
import { bots, facebookBot } from './bots.ts'
import { conversation } from './conversation.ts'
import { CannotGoOn, type Gateway, GatewayAway, openGateway } from './gateway.ts'
import { lineOf, nameOf, print } from './lines.ts'
import { createBot, findBots, isWaiting, publish, removeBot, setStatus } from './operations.ts'
import { type Options, readOptions } from './options.ts'
import { startReceiver } from './receiver.ts'

/** The process: creates two bots, plays one chat after another, and prints the webhooks that arrive, until it is asked to stop. */
const stopping = new AbortController()
const { signal } = stopping
stopSignal().then(() => stopping.abort())

try {
  await demo(readOptions())
} catch (error) {
  if (!(error instanceof CannotGoOn || error instanceof InvalidConfig)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

async function demo({ url, rounds, pace, keep }: Options): Promise<void> {
  const gateway = await openGateway(url)
  const left = await removeBots(gateway)
  if (left > 0) print(`Removed ${left} bots left by an earlier demo.`)

  let received = 0
  const receiver = await startReceiver(bots, {
    pace,
    hear(webhook) {
      received += 1
      print(lineOf(webhook))
    },
  })
  try {
    print(`Watch along in GraphiQL: ${url}`)
    print('Press Ctrl-C to end the demo. A line with ✓ is a webhook that arrived with a valid signature.\n')
    const ids = new Map<string, string>()
    for (const bot of bots) {
      print(`${nameOf(bot)} listens to ${bot.hears}.`)
      ids.set(bot.name, await createBot(gateway, bot, receiver.urlOf(bot)))
    }
    await pause(pace)
    for (let round = 1; round <= rounds && !signal.aborted; round++) {
      print(styleText('bold', `\nChat ${round}`))
      await play(gateway, round, { pace, facebookBotId: ids.get(facebookBot.name) ?? '' })
    }
    while (await untilItAnswers(() => isWaiting(gateway, [...ids.values()]))) await pause(250)
    print(`\nReceived ${received} webhooks.`)
    print(keep ? 'Kept the bots.' : `Removed ${await removeBots(gateway)} bots.`)
  } finally {
    await receiver.stop()
  }
}

async function play(gateway: Gateway, round: number, options: { pace: number; facebookBotId: string }): Promise<void> {
  for (const step of conversation(round)) {
    if (signal.aborted) return
    print(step.says)
    if ('status' in step) {
      await untilItAnswers(() => setStatus(gateway, options.facebookBotId, step.status))
    } else {
      const key = randomUUID()
      const matched = await untilItAnswers(() => publish(gateway, step.event, key))
      if (matched === 0) print('  – no bot listens to this')
    }
    await pause(options.pace)
  }
}

/**
 * Retries while the gateway is away, for example during a restart.
 * @returns undefined if the demo is asked to stop
 */
async function untilItAnswers<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
  for (let tries = 1; !signal.aborted; tries++) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof GatewayAway)) throw error
      if (tries === 1) print('  The gateway is away. Waiting for it to come back…')
      await pause(1_000)
    }
  }
  return undefined
}

/**
 * Removes the demo's bots, whichever run of the demo created them.
 * @returns how many
 */
async function removeBots(gateway: Gateway): Promise<number> {
  const ids = await findBots(gateway)
  for (const id of ids) await removeBot(gateway, id)
  return ids.length
}

/** Ends early if the demo is asked to stop. */
async function pause(milliseconds: number): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => {})
}

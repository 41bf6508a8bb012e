import { openCaller } from './caller.ts'
import { CALLERS, callAll } from './callers.ts'
import type { Contender } from './contender.ts'
import { createListeners } from './listeners.ts'
import { allRecorded, pauseWebhooks, resumeWebhooks } from './pause.ts'
import { connect } from './sessions.ts'
import type { Site } from './site.ts'

/** The backlog is published as any other event, while the bot agents are paused. */
export function gatewayContender(site: Site): Contender {
  return {
    name: 'gateway: signed, recorded, in the feed',
    async open({ databaseUrl, urls, count }) {
      const gateway = await site.startGateway({ databaseUrl })
      const { publish } = await createListeners(site, gateway, urls)
      const client = await connect(databaseUrl)
      return {
        async fill() {
          await pauseWebhooks(client)
          const caller = openCaller(gateway, CALLERS)
          await callAll(count, CALLERS, (number) => publish(caller, number))
          await caller.close()
        },
        async send(arrived) {
          await resumeWebhooks(client)
          await arrived
          await allRecorded(client)
        },
        async close() {
          await gateway.stop()
          await client.end()
        },
      }
    },
  }
}

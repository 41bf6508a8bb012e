import type { Logger } from 'pino'
import type { Database } from '../database/database.ts'
import type { Outbox } from '../deliveries/outbox.ts'
import type { Changes } from '../feed/change.ts'
import { HOURLY, type UpkeepTask } from '../process/upkeep.ts'
import { type ChatEvents, createChatEventService } from './chat-event-service.ts'
import { createChatEventUpkeep } from './chat-event-upkeep.ts'
import type { ChatPropertiesReader } from './chat-seen.ts'
import { FanOutWorker } from './fan-out-worker.ts'

/** The intake of events, with a worker that makes the deliveries that one commit does not take. */
export function openChatEvents(
  /** Milliseconds for which deliveries are kept after they have ended, and their events with them. */
  { webhookRetention: retention }: { readonly webhookRetention: number },
  options: {
    parts: AsyncDisposableStack
    database: Database
    changes: Changes
    outbox: Outbox
    chatProperties: ChatPropertiesReader
    log: Logger
  },
): { chatEvents: ChatEvents; upkeep: readonly UpkeepTask[] } {
  const { parts, database } = options
  const worker = new FanOutWorker(options)
  parts.defer(() => worker.stop())
  worker.start()
  const upkeep = createChatEventUpkeep({ database, retention })
  return {
    chatEvents: createChatEventService({ ...options, onLeft: worker.wake }),
    upkeep: [{ what: 'removing old chat events', everyMs: HOURLY, run: upkeep.prune }],
  }
}

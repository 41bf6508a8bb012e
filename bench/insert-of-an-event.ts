import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { columnsOf } from './columns.ts'

/** One statement that inserts what the gateway inserts for an event with one delivery. */
export interface InsertOfAnEvent {
  readonly text: string
  /** @param data the JSON text of the event @returns the parameters for a new event */
  values(data: string): (string | null)[]
}

/** Their values are what the gateway makes for each row. */
const MADE_BY_THE_DATABASE = new Set(['position', 'created_at'])

/** Copies the rows of an event that the gateway has published to the database, so that it keeps step with the gateway. */
export async function insertOfAnEvent(client: pg.ClientBase): Promise<InsertOfAnEvent> {
  const found = await client.query<{ event: string; delivery: string }>(
    'select chat_event_id as event, id as delivery from webhook_delivery where chat_event_id is not null limit 1',
  )
  const [original] = found.rows
  if (!original) throw new Error('No event was published to copy')

  const values: { value: string | null; isData: boolean }[] = []
  const inserts: string[] = []
  for (const [table, where, id] of [
    ['chat_event', 'id = $1', original.event],
    ['webhook_delivery', 'id = $1', original.delivery],
    ['feed_entry', `data::text like '%' || $1 || '%'`, original.delivery],
  ] as const) {
    const columns = (await columnsOf(client, table)).filter(({ name }) => !MADE_BY_THE_DATABASE.has(name))
    const row = await client.query<Record<string, string | null>>(
      `select ${columns.map(({ name }) => `${name}::text`).join(', ')} from ${table} where ${where} limit 1`,
      [id],
    )
    const [copied] = row.rows
    if (!copied) throw new Error(`The event that was published has no row in ${table}`)
    const given = columns.map(({ name, type }) => {
      const value = copied[name] ?? null
      if (value !== null && type.startsWith('timestamp')) return 'clock_timestamp()'
      values.push({ value, isData: table === 'chat_event' && name === 'data' })
      return `$${values.length}::${type}`
    })
    inserts.push(`insert into ${table} (${columns.map(({ name }) => name).join(', ')}) values (${given.join(', ')})`)
  }
  const [event, delivery, entry] = inserts
  return {
    text: `with event as (${event}), delivery as (${delivery}) ${entry}`,
    values(data) {
      const anew = new Map([
        [original.event, `evt_${newId()}`],
        [original.delivery, `dlv_${newId()}`],
      ])
      return values.map(({ value, isData }) => {
        if (isData) return data
        for (const [old, id] of anew) if (value?.includes(old)) return value.replace(old, id)
        return value
      })
    },
  }
}

function newId(): string {
  return randomUUID().replaceAll('-', '')
}

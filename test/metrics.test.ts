import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { create } from './support/bot-agents.ts'
import { listening, publish } from './support/chat-events.ts'
import { request } from './support/client.ts'
import { untilSql } from './support/delivery-records.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { receiverForTest } from './support/receiver.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const scrape = async () => (await fetch(new URL('/metrics', gateway.url))).text()

describe('metrics', () => {
  it('count requests and attempts, and contain no id, token, client or host', async () => {
    const receiver = await receiverForTest()
    const token = await gateway.token({ licenseId: 4_711, clientId: 'whose-bots' })
    const id = await create(gateway, token, listening(receiver.url))
    await publish(gateway, token)
    await untilSql(gateway.databaseUrl, `select from webhook_delivery where state = 'SUCCEEDED'`)

    const text = await scrape()
    expect(text).toContain('gateway_webhook_attempts_total{outcome="delivered"} 1\n')
    expect(text).toMatch(/gateway_http_request_duration_seconds_count\{path="\/graphql",status="200"\} [2-9]/)
    expect(text).toMatch(/^gateway_webhooks_due 0$/m)
    for (const secret of [id, token, '4711', 'whose-bots', new URL(receiver.url).host, 'JSauw0Aks8l-asAa']) {
      expect(text).not.toContain(secret)
    }
  })

  it('count unknown paths under one name', async () => {
    await fetch(new URL('/wp-login.php', gateway.url))
    await request(gateway.url, undefined, '{ __typename }')
    const text = await scrape()
    expect(text).toContain('path="other",status="404"')
    expect(text).not.toContain('wp-login')
  })
})

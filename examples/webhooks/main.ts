import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { verifyWebhook, type WebhookVerificationError } from '@bot-agent-gateway/client/webhooks'

const { SECRET_KEYS = '', PORT = '8080' } = process.env
const secretKeys = SECRET_KEYS.split(' ').filter(Boolean)
if (secretKeys.length === 0) {
  console.error('Set SECRET_KEYS to the secret keys of your bot agents, with spaces between them.')
  process.exit(1)
}

const server = createServer(async (request, response) => {
  try {
    const webhook = verifyWebhook({ body: await text(request), headers: request.headers, secretKeys })
    response.writeHead(204).end()
    console.log(webhook.action, JSON.stringify(webhook.data))
  } catch (error) {
    response.writeHead(401).end((error as WebhookVerificationError).message)
  }
})
server.listen(Number(PORT), () => console.log(`Listening on port ${(server.address() as { port: number }).port}`))

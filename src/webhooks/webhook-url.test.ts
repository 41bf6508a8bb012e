import { describe, expect, it } from 'vitest'
import { parseNetworks } from '../outbound/addresses.ts'
import { wrongWebhookUrl } from './webhook-url.ts'

const allowed = parseNetworks('127.0.0.0/8,::1/128,fd00::/8')
if (typeof allowed === 'string') throw new Error(allowed)

const notHttp = 'must be an absolute URL that starts with http:// or https://'
const notPublic = 'must point to a public address'
const blanks = 'must not begin or end with white space'
const port = 'must have a port from 1 to 65535; it has'
const userInfo = 'must not contain a user name or password: the secret key identifies the sender'

const wrong: Record<string, string[]> = {
  [notHttp]: [
    ...['http:127.0.0.1', 'http:\\\\127.0.0.1', 'http://lo\tcalhost', 'http://bots. example'],
    ...['', 'bots.example', '/webhooks', '//bots.example', 'http://', 'https://?x', 'http://[::1', 'http://1.2.3.256'],
    ...[
      'ftp://bots.example',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'ws://bots.example',
      'gopher://127.0.0.1:25',
    ],
  ],
  [blanks]: [' http://bots.example', 'http://bots.example ', 'http://bots.example/\n', '\u00a0http://bots.example'],
  [`${port} 0`]: ['http://bots.example:0', 'http://[2606:4700:4700::1111]:0'],
  [`${port} 65536`]: ['http://bots.example:65536', 'http://me:1@bots.example:65536?x', 'http://8.8.8.8:65536#x'],
  [`${port} ${'9'.repeat(64)}…`]: [`https://bots.example:${'9'.repeat(400)}`],
  [userInfo]: ['https://me@bots.example', 'https://me:secret@bots.example', 'https://:secret@bots.example'],
  [notPublic]: [
    ...['http://127.0.0.1', 'http://127.0.0.1:8080/x', 'http://127.0.0.1./', 'http://2130706433', 'http://0x7f000001'],
    ...[
      'http://0x7f.1',
      'http://127.1',
      'http://0177.0.0.1',
      'http://0',
      'http://１２７.０.０.１',
      'http://127。0。0。1',
    ],
    ...['http://%31%32%37.0.0.1', 'https://10.0.0.1', 'http://169.254.169.254/x'],
    ...['http://192.168.1.1', 'http://[::1]', 'http://[::]', 'http://[::ffff:127.0.0.1]', 'http://[::ffff:7f00:1]'],
    ...['http://[64:ff9b::10.0.0.1]', 'http://[2002:7f00:1::]', 'http://[fd00:ec2::254]', 'http://[fe80::1]:8080'],
    ...[
      'http://localhost',
      'http://LOCALHOST:80',
      'https://localhost./',
      'http://bot.localhost',
      'http://a.b.localhost.',
    ],
    ...['http://ｌｏｃａｌｈｏｓｔ'],
  ],
}

describe('the URL for webhooks', () => {
  for (const [message, urls] of Object.entries(wrong)) {
    for (const url of urls) {
      it(`${message}: ${JSON.stringify(url)}`, () => {
        expect(wrongWebhookUrl(url, [])?.message).toBe(message)
      })
    }
  }

  for (const url of [
    'https://bots.example/webhooks?bot=1#top',
    'http://bots.example:8080',
    'HTTPS://BOTS.EXAMPLE',
    'https://8.8.8.8/',
    'https://[2606:4700:4700::1111]:8443/',
    'https://[::ffff:8.8.8.8]/',
    'https://bücher.example',
    'https://localhost.example',
    'https://notlocalhost',
    'https://bots.example:65535/:0',
    'https://bots.example/?to=http://a:0',
  ]) {
    it(`may be ${url}`, () => {
      expect(wrongWebhookUrl(url, [])).toBeUndefined()
    })
  }

  it('may point to allowed networks', () => {
    for (const url of [
      'http://127.0.0.1:8080',
      'http://2130706433',
      'http://localhost:8080',
      'http://[fd12::1]',
      'http://[::1]:8080/',
    ])
      expect(wrongWebhookUrl(url, allowed)).toBeUndefined()
    for (const url of ['http://10.0.0.1', 'http://[::]', 'http://[::2]', 'http://[fe80::1]'])
      expect(wrongWebhookUrl(url, allowed)?.message).toBe(
        `${notPublic}, or to one in the networks of the setting WEBHOOK_ALLOWED_NETWORKS`,
      )
  })
})

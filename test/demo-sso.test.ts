import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'

async function demo() {
  const dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  return spawn(process.execPath, [join(import.meta.dirname, '../demo/sso.ts')], {
    env: { ...process.env, DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

describe('npm run demo:sso', () => {
  it('shows how a revoked token logs out its bot agent, and cleans up after itself', { timeout: 120_000 }, async () => {
    const child = await demo()
    const [printed, failed, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    expect({ code, failed }).toEqual({ code: 0, failed: '' })
    const told = [
      'B sees: no bot agent → ACCEPTING_CHATS, reason CREATED',
      'B sees: ACCEPTING_CHATS → OFFLINE, reason TOKEN_REVOKED',
      'closed with 4401: The access token was revoked',
      'A request with A now gets the error: The access token was revoked.',
      'Done. Cleaning up …',
    ]
    for (const line of told) expect(printed).toContain(line)
    const [, url = ''] = /runs at (http:\S+\/graphql)/.exec(printed) ?? []
    await expect(fetch(url)).rejects.toThrow()
  })

  it('ends at Ctrl-C, and stops its gateway', { timeout: 120_000 }, async () => {
    const child = await demo()
    const closed = once(child, 'close')
    let printed = ''
    for await (const chunk of child.stdout) {
      printed += chunk
      if (/2\. A gateway/.test(printed)) child.kill('SIGINT')
    }
    expect(await closed).toEqual([0, null])
    const [, url = ''] = /runs at (http:\S+\/graphql)/.exec(printed) ?? []
    await expect(fetch(url)).rejects.toThrow()
  })
})

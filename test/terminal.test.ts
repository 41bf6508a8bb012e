import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { databaseForTest } from './support/database.ts'
import { installed } from './support/installed.ts'
import { sendRaw } from './support/raw-http.ts'

const script = installed('script')

describe.skipIf(!script)(script ? 'in a terminal' : 'in a terminal, SKIPPED: no script (util-linux)', () => {
  it('a gateway shows its log to people, keeps the terminal safe from strangers, and stops at Ctrl-C', {
    timeout: 30_000,
  }, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
    onTestFinished(() => rm(dataDir, { recursive: true }))
    const env = { ...process.env, PORT: '0', DATA_DIR: dataDir, DATABASE_URL: await databaseForTest() }
    const gateway = `exec '${process.execPath}' '${inject('builtGateway')}'`
    const terminal = spawn(script ?? '', ['-qec', gateway, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(() => void terminal.kill())
    const ended = once(terminal, 'close')
    let screen = ''
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      screen += text
    })
    const shows = async (pattern: RegExp) => {
      for (;;) {
        const match = pattern.exec(stripVTControlCharacters(screen))
        if (match) return match
        await once(terminal.stdout, 'data')
      }
    }

    const [, url = ''] = await shows(/^ready (\S+)\r$/m)
    await fetch(new URL('/ready', url))
    const head = 'GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket'
    // One byte, which Node.js reads as U+009B: it begins a command to a terminal.
    await sendRaw(url, Buffer.from(`${head}\r\nOrigin: app://\u009b2J\r\n\r\n`, 'latin1'))
    await shows(/GET \/ready 200 [\d.]+ ms/)
    await shows(/WebSocket refused.*?app:\/\/\?2J/s)
    expect(screen).not.toContain('\u009b')
    expect(screen).not.toContain('{"level"')
    terminal.stdin.write('\u0003')
    expect(await ended).toEqual([0, null])
  })
})

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { signatureHeaders } from '../src/deliveries/signature.ts'
import { codeBlocks } from './support/code-blocks.ts'

// The receivers of docs/webhooks.md. The one in JavaScript is in test/shell-guides.test.ts.

const execute = promisify(execFile)
const page = await readFile(join(import.meta.dirname, '../docs/webhooks.md'), 'utf8')
const folder = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-receivers-'))
afterAll(() => rm(folder, { recursive: true }))
const SECRET_KEY = 'JSauw0Aks8l-asAa'

/** Whether commands work in the folder, one after the other. */
async function works(...commands: [program: string, ...given: string[]][]): Promise<boolean> {
  try {
    for (const [program, ...given] of commands) await execute(program, given, { cwd: folder })
    return true
  } catch {
    return false
  }
}

function start(program: string, ...given: string[]) {
  const env = { ...process.env, SECRET_KEY, PYTHONUNBUFFERED: '1' }
  const child = spawn(program, given, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(async () => {
    child.kill()
    await once(child, 'close')
  })
  return child
}

/** @returns the next line of an output that matches */
async function line(output: Readable, pattern: RegExp): Promise<RegExpExecArray> {
  for await (const text of createInterface({ input: output })) {
    const match = pattern.exec(text)
    if (match) return match
  }
  throw new Error(`There is no line like ${pattern}.`)
}

const post = (port: number, headers: Record<string, string>, body: string) =>
  fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers, body })

async function takesOnlySignedWebhooks(port: number): Promise<void> {
  const body = JSON.stringify({ webhook_id: 'dlv_1', action: 'ping', data: { text: 'Zażółć' } })
  const signed = (key: string) => signatureHeaders({ id: 'dlv_1', timestamp: new Date(), body, secrets: [key] })
  const forged = await post(port, {}, body)
  expect([forged.status, await forged.text()]).toEqual([401, expect.stringMatching(/missing required headers/i)])
  expect((await post(port, signed('another-key-of-16'), body)).status).toBe(401)
  expect((await post(port, signed(SECRET_KEY), body)).status).toBe(204)
}

const python = await works(['python3', '-c', 'import flask, standardwebhooks.webhooks'])
describe.skipIf(!python)(`the receiver in Python${python ? '' : ', SKIPPED: not there, or not its libraries'}`, () => {
  it('takes a signed webhook, and says why it refuses another', async () => {
    await writeFile(join(folder, 'receiver.py'), codeBlocks(page, 'python').join('\n'))
    const receiver = start('python3', '-m', 'flask', '--app', 'receiver', 'run', '--port', '0')
    const [, port] = await line(receiver.stderr, /http:\/\/127\.0\.0\.1:(\d+)/)
    const [received] = await Promise.all([line(receiver.stdout, /^ping /), takesOnlySignedWebhooks(Number(port))])
    expect(received.input).toBe("ping {'text': 'Zażółć'}")
  })
})

const library = 'github.com/standard-webhooks/standard-webhooks/libraries'
const go = await works(['go', 'mod', 'init', 'receiver'], ['go', 'get', library], ['go', 'build', `${library}/go`])
describe.skipIf(!go)(`the receiver in Go${go ? '' : ', SKIPPED: not there, or not its library'}`, () => {
  it('takes a signed webhook, and says why it refuses another', async () => {
    const port = await freePort()
    await writeFile(join(folder, 'main.go'), codeBlocks(page, 'go').join('\n').replace(':8080', `127.0.0.1:${port}`))
    await execute('go', ['build', '-o', 'receiver'], { cwd: folder })
    const receiver = start('./receiver')
    await untilOpen(port)
    const [received] = await Promise.all([line(receiver.stderr, /\{.*/), takesOnlySignedWebhooks(port)])
    expect(received[0]).toContain('"action":"ping"')
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

/** The receiver in Go does not say when it listens. */
async function untilOpen(port: number): Promise<void> {
  const isOpen = () =>
    fetch(`http://127.0.0.1:${port}`, { method: 'HEAD' }).then(
      () => true,
      () => false,
    )
  while (!(await isOpen())) await new Promise(setImmediate)
}

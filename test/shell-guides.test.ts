import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { codeBlocks } from './support/code-blocks.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { installed } from './support/installed.ts'

// Readers copy these commands into their terminal, one after the other.

const project = join(import.meta.dirname, '..')
const guide = (name: string) => readFile(join(project, 'docs', name), 'utf8')
const there = installed('bash') && installed('curl')

let gateway: TestGateway
let origin: string
beforeAll(async () => {
  gateway = await startGateway()
  origin = new URL(gateway.url).origin
})
afterAll(() => gateway.stop())

/** Runs the commands in the folder of the gateway. @returns what they print */
async function bash(commands: string): Promise<string> {
  const shell = spawn('bash', ['-eu', '-c', commands.replaceAll('http://127.0.0.1:4000', origin)], {
    cwd: project,
    env: { ...process.env, DATA_DIR: gateway.dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [printed, complaints] = await Promise.all([text(shell.stdout), text(shell.stderr)])
  expect(complaints).toBe('')
  return printed
}

describe.skipIf(!there)(there ? 'the guides in a shell' : 'the guides in a shell, SKIPPED: no bash or curl', () => {
  it('take a reader through the whole tour, without anything to fill in', async () => {
    const blocks = codeBlocks(await guide('tour.md'), 'sh')
    // Streams run in another terminal. The second one resumes the first, whose output is in a file.
    const [stream = '', resumed = ''] = blocks.filter((block) => block.includes('gateway -N'))
    const ofOneTerminal = blocks.filter((block) => ![stream, resumed].includes(block))
    // A stream does not end by itself.
    const briefly = (block: string) => block.replace('gateway -N', 'gateway -N --max-time 8')
    const at = ofOneTerminal.findIndex((block) => block.includes('NOT_ACCEPTING_CHATS'))
    const watching = `printf '{"cursor":"%s"}' "$(gateway -d '{ "query": "{ cursor }" }' | cut -d '"' -f 6)" > $ANSWER`
    const printed = await bash(
      [
        ...ofOneTerminal.slice(0, at),
        `SEEN=$(mktemp); (ANSWER=$SEEN; ${watching})`,
        ...ofOneTerminal.slice(at, at + 2),
        `(ANSWER=$SEEN; ${briefly(resumed)}) 2> /dev/null || true`,
        ...ofOneTerminal.slice(at + 2),
      ].join('\n'),
    )
    const answers = printed.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))
    const refused = answers.filter(({ errors, error }) => errors || error)
    expect(printed).not.toContain('"userErrors":[{')
    expect(refused).toEqual([expect.objectContaining({ errors: [expect.objectContaining({ path: ['viewer'] })] })])
    expect(printed).toContain('"name":"John Doe"')
    expect(printed).toContain('"botAgents":{"totalCount":0}')
    expect(printed).toContain('"previousStatus":"NOT_ACCEPTING_CHATS","status":"ACCEPTING_CHATS"')
  })

  it('lead from nothing to the first webhook', async () => {
    const page = await guide('webhooks.md')
    const [commands = ''] = codeBlocks(page, 'sh').filter((block) => block.includes('receiver.mjs'))
    const [receiver = ''] = codeBlocks(page, 'js').filter((block) => block.includes('createServer'))
    const folder = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-receiver-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await symlink(join(project, 'node_modules'), join(folder, 'node_modules'))
    await writeFile(
      join(folder, 'receiver.mjs'),
      receiver.replace('.listen(8080)', '.listen(0, function () { console.log(this.address().port) })'),
    )
    const [start = '', ...rest] = commands.trim().split('\n')
    const [, SECRET_KEY = ''] = /^SECRET_KEY=(\S+) node receiver.mjs &$/.exec(start) ?? []
    const child = spawn(process.execPath, ['receiver.mjs'], { cwd: folder, env: { ...process.env, SECRET_KEY } })
    onTestFinished(() => void child.kill())
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const { value: port } = await lines.next()

    const forged = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: '{}' })
    expect([forged.status, await forged.text()]).toEqual([401, 'Missing required headers'])
    const here = rest.join('\n').replaceAll('bot.json', join(folder, 'bot.json'))
    expect(await bash(here.replace('127.0.0.1:8080', `127.0.0.1:${port}`))).toContain('"userErrors":[]')
    expect((await lines.next()).value).toBe('ping {}')
    child.kill()
    await once(child, 'close')
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { installed } from './installed.ts'

/** A kind of proxy, and how any user can run it in a folder of its own. */
export interface ProxyKind {
  name: string
  /** The path of the program, if it is installed. */
  command: string | undefined
  args: readonly string[]
  /** Completes the configuration with what the documentation leaves out, as every machine has it. */
  whole: (config: string) => string
}

export const nginx: ProxyKind = {
  name: 'nginx',
  command: installed('nginx'),
  args: ['-e', 'stderr', '-p', '.', '-c', 'config'],
  // The default folders belong to the system.
  whole: (config) => `
    daemon off;
    master_process off;
    pid pid;
    error_log stderr;
    events {}
    http {
      access_log off;
      ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${of};`).join(' ')}
      ${config}
    }`,
}

export const haproxy: ProxyKind = {
  name: 'HAProxy',
  command: installed('haproxy'),
  args: ['-db', '-f', 'config'],
  whole: (config) => config,
}

/** @param config from the documentation, which listens on port 80 and proxies to 127.0.0.1:4000 */
export async function startProxy(
  { command = '', args, whole }: ProxyKind,
  config: string,
  gateway: { url: string },
): Promise<{ url: string; stop: () => Promise<void> }> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-proxy-'))
  const placed = replaceOnce(
    replaceOnce(config, /(?<=^ *(?:listen |bind :))80\b/m, `${port}`),
    /\b127\.0\.0\.1:4000\b/,
    new URL(gateway.url).host,
  )
  await writeFile(join(folder, 'config'), whole(placed))
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  const said = text(child.stderr)
  const ended = once(child, 'close')
  // It does not report when it listens.
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`${command} has ended: ${await said}`)
    await delay(10)
  }
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    async stop() {
      child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true })
    },
  }
}

function replaceOnce(text: string, pattern: RegExp, replacement: string): string {
  const parts = text.split(pattern)
  if (parts.length !== 2) throw new Error(`${pattern} is in the configuration ${parts.length - 1} times`)
  return parts.join(replacement)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

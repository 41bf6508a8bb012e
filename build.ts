import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { build, type Plugin } from 'rolldown'
import { prepareDataDir } from './src/database/embedded/embedded-folder.ts'
import { pageScript } from './src/http/graphiql/page-script.ts'

/** Older versions of Node.js can't read the gateway, but they can read this. */
const entry = `if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(\`The gateway needs Node.js 24 or newer. This is \${process.versions.node}.\\n\`)
  process.exitCode = 1
} else {
  await import('./gateway.js')
}
`

/** Writes the gateway into a folder that needs nothing else but Node.js and a PostgreSQL. What was in the folder is removed. */
export async function buildGateway(dir: string): Promise<void> {
  await build({
    input: { gateway: join(import.meta.dirname, 'src/main.ts') },
    platform: 'node',
    logLevel: 'warn',
    output: { dir, cleanDir: true },
    plugins: [scriptOfGraphiQL(), besides()],
  })
}

/** The script of GraphiQL's page is made now, not by the gateway. */
function scriptOfGraphiQL(): Plugin {
  return {
    name: 'script-of-graphiql',
    load: {
      filter: { id: /page-script\.ts$/ },
      handler: async () => `export const pageScript = async () => ${JSON.stringify(await pageScript())}`,
    },
  }
}

/** What is written as it is. */
function besides(): Plugin {
  return {
    name: 'besides',
    async generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'main.js', source: entry })
      this.emitFile({ type: 'asset', fileName: 'package.json', source: '{ "type": "module" }\n' })
      const folder = join(import.meta.dirname, 'prisma/migrations')
      for (const migration of await readdir(folder, { withFileTypes: true })) {
        if (!migration.isDirectory()) continue
        const source = await readFile(join(folder, migration.name, 'migration.sql'))
        this.emitFile({ type: 'asset', fileName: `migrations/${migration.name}/migration.sql`, source })
      }
    },
  }
}

// `npm run build`. See docs/decisions/node.md.
if (import.meta.main) {
  await buildGateway(join(import.meta.dirname, 'dist'))
  await prepareDataDir(pino({ level: 'silent' })).catch(({ message }: Error) => {
    process.stdout.write(`A first start will have to set up its PostgreSQL by itself: ${message}\n`)
  })
}

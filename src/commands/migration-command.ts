import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { startEmbeddedServer } from '../database/embedded/embedded-server.ts'
import { migrate } from '../database/migrations.ts'
import { diff } from '../database/schema-engine.ts'

const usage = `Writes the next migration: from the schema that prisma/migrations produce to that of prisma/schema.prisma.

  npm run migration -- NAME

  NAME  what it does, in letters, digits and spaces, such as "add deliveries"
`

const migrations = join('prisma', 'migrations')
const lockFileText = '# Prisma: which kind of database these migrations are for.\nprovider = "postgresql"\n'
const schemaFile = join('prisma', 'schema.prisma')

const name = snakeCase(process.argv.slice(2).join(' '))
if (name) {
  await writeMigration(name).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  })
} else {
  process.stderr.write(usage)
  process.exitCode = 2
}

async function writeMigration(name: string): Promise<void> {
  await prepareFolder()
  const sql = await nextMigration()
  if (!sql) {
    process.stdout.write('schema.prisma and the migrations agree: there is nothing to write\n')
    return
  }
  const folder = join(migrations, `${await nextTimestamp()}_${name}`)
  const file = join(folder, 'migration.sql')
  await mkdir(folder)
  await writeFile(file, sql)
  process.stdout.write(`${file}\n`)
}

async function prepareFolder(): Promise<void> {
  await mkdir(migrations, { recursive: true })
  const lockFile = join(migrations, 'migration_lock.toml')
  if (!existsSync(lockFile)) await writeFile(lockFile, lockFileText)
}

/** Applies the migrations on a temporary server, so that no existing database is used. */
async function nextMigration(): Promise<string> {
  const log = pino({ level: 'warn' }, pino.destination(2))
  const dataDir = await mkdtemp(join(tmpdir(), 'migration-'))
  try {
    const server = await startEmbeddedServer({ dataDir, log })
    try {
      await migrate(server.connectionString, { log, directory: migrations })
      return await diff(server.connectionString, await readFile(schemaFile, 'utf8'))
    } finally {
      await server.stop()
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** @returns an empty text if the words contain anything but ASCII letters and digits, separated by spaces, hyphens or underscores */
function snakeCase(words: string): string {
  const snake = words
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, '_')
  return /^[a-z0-9]+(_[a-z0-9]+)*$/.test(snake) ? snake : ''
}

/** The UTC time to the second, or one more than the newest migration's: migrations are applied in the order of their names. */
async function nextTimestamp(): Promise<number> {
  const now = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const taken = (await readdir(migrations)).map((name) => Number.parseInt(name, 10)).filter(Number.isInteger)
  return Math.max(Number(now), ...taken.map((timestamp) => timestamp + 1))
}

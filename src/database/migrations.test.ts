import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import { type MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm'
import pg from 'pg'
import { pino } from 'pino'
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { databaseForTest, sql } from '../../test/support/database.ts'
import { migrate, UnusableDatabase } from './migrations.ts'
import { diff } from './schema-engine.ts'

const quiet = pino({ level: 'silent' })

test('new migrations are applied in the order of their names, and only once', async () => {
  const database = await databaseForTest({ empty: true })
  const first = { '2_pets': 'alter table pet add name text', '1_init': 'create table pet (id int)' }
  expect(await migrateTo(database, first)).toEqual(['1_init', '2_pets'])
  expect(await migrateTo(database, first)).toEqual([])
  expect(await migrateTo(database, { ...first, '3_owner': 'alter table pet add owner text' })).toEqual(['3_owner'])
  await sql(database, 'select id, name, owner from pet')
})

test('a migration may contain functions, comments, and semicolons in quotes', async () => {
  const database = await databaseForTest({ empty: true })
  await migrateTo(database, {
    '1_init': `
      -- a comment; with a semicolon
      create sequence counter;
      create function next() returns bigint language plpgsql as $$ begin perform ';'; return nextval('counter'); end; $$;
      create table pet (id bigint default next(), name text default 'a;b');`,
  })
  expect(await sql(database, 'insert into pet default values returning *')).toEqual([{ id: '1', name: 'a;b' }])
})

test('a gateway that may not change tables starts if there is nothing to change', async () => {
  const database = await databaseForTest({ empty: true })
  const migrations = { '1_init': 'create table pet (id int)' }
  await migrateTo(database, migrations)

  const role = `reader_${randomUUID().replaceAll('-', '')}`
  await sql(database, `create role ${role} login password 'x'; grant select on _prisma_migrations to ${role}`)
  const reader = Object.assign(new URL(database), { username: role, password: 'x' }).href
  expect(await migrateTo(reader, migrations)).toEqual([])
})

describe('several gateways that start at once', () => {
  test('take turns: each migration is applied once, and the gateways that wait log this', async () => {
    const database = await databaseForTest({ empty: true })
    const migrations = {
      '1_init': 'create table pet (id int); select pg_sleep(0.3)',
      '2_row': 'insert into pet values (1)',
    }
    const { log, lines } = listen()
    const applied = await Promise.all(Array.from({ length: 6 }, () => migrateTo(database, migrations, log)))

    expect(applied.flat().sort()).toEqual(['1_init', '2_row'])
    expect(await sql(database, 'select id from pet')).toEqual([{ id: 1 }])
    expect(lines().map(({ msg }) => msg)).toContain('waiting for another gateway that is migrating the database')
  })

  test('take turns even if transactions use snapshot isolation by default', async () => {
    const database = await databaseForTest({ empty: true })
    await sql(database, `alter database ${nameOf(database)} set default_transaction_isolation = 'repeatable read'`)
    const migrations = { '1_init': 'create table pet (id int); select pg_sleep(0.3)' }
    const applied = await Promise.all(Array.from({ length: 3 }, () => migrateTo(database, migrations)))
    expect(applied.flat()).toEqual(['1_init'])
  })
})

describe('a migration that fails', () => {
  test('reports what failed and where, leaves nothing behind, and can be applied once it is fixed', async () => {
    const database = await databaseForTest({ empty: true })
    const migrations = {
      '1_init': 'create table pet (id int)',
      '2_rows': "insert into pet values (1);\nselect '🐕', owner from pet;\ncreate table never (id int);",
    }
    await expect(migrateTo(database, migrations)).rejects.toThrow(
      new UnusableDatabase('The migration 2_rows failed: column "owner" does not exist (42703) at migration.sql:2:14'),
    )
    expect(await sql(database, 'select * from pet')).toEqual([])
    expect(await sql(database, 'select migration_name from _prisma_migrations')).toEqual([{ migration_name: '1_init' }])

    expect(await migrateTo(database, { ...migrations, '2_rows': 'insert into pet values (1)' })).toEqual(['2_rows'])
  })

  test('reports the details that PostgreSQL adds if there is no line to point to', async () => {
    const twice = { '1_twice': 'create table pet (id int primary key); insert into pet values (7), (7)' }
    await expect(migrateTo(await databaseForTest({ empty: true }), twice)).rejects.toThrow(
      'The migration 1_twice failed: duplicate key value violates unique constraint "pet_pkey" (23505)\n' +
        '  Key (id)=(7) already exists.',
    )
  })

  test('is named even if a constraint is only checked at the commit', async () => {
    const database = await databaseForTest({ empty: true })
    const orphan = `
      create table pet (id int primary key, mother int references pet deferrable initially deferred);
      insert into pet values (1, 2);`
    await expect(migrateTo(database, { '1_orphan': orphan })).rejects.toThrow(
      /^The migration 1_orphan failed: .*foreign key/,
    )
    expect(await sql(database, `select to_regclass('pet') as pet`)).toEqual([{ pet: null }])
  })

  test('leaves nothing behind if its connection is cut', async () => {
    const database = await databaseForTest({ empty: true })
    const slow = { '1_slow': 'create table pet (id int); select pg_sleep(30)' }
    const failing = expect(migrateTo(database, slow)).rejects.toThrow(/^The migration 1_slow failed: /)
    await vi.waitUntil(() => cut(database, 'pg_sleep'), { timeout: 10_000 })
    await failing
    expect(await migrateTo(database, { '1_slow': 'create table pet (id int)' })).toEqual(['1_slow'])
  })

  test('is also one that ends its own transaction', async () => {
    const two = { '1_two': 'create table pet (id int); commit; create table toy (id int)' }
    await expect(migrateTo(await databaseForTest({ empty: true }), two)).rejects.toThrow(
      'The migration 1_two failed: it ends its own transaction, so the statements before that point are not rolled back. Split the migration there',
    )
  })
})

describe('a database whose history differs from that of the project', () => {
  const common = { '1_init': 'create table pet (id int)' }

  test('is refused if the file of an applied migration was changed, which is named', async () => {
    const database = await databaseForTest({ empty: true })
    await migrateTo(database, common)
    const changed = { '1_init': 'create table pet (id bigint)', '2_more': 'create table toy (id int)' }
    await expect(migrateTo(database, changed)).rejects.toThrow(
      /^The migration 1_init was changed after it was applied to this database\./,
    )
    expect(await sql(database, `select to_regclass('toy') as toy`)).toEqual([{ toy: null }])
  })

  test('is used with a warning if a newer gateway has applied more migrations', async () => {
    const database = await databaseForTest({ empty: true })
    await migrateTo(database, { ...common, '2_toys': 'create table toy (id int)' })

    const { log, lines } = listen()
    expect(await migrateTo(database, common, log)).toEqual([])
    expect(lines()).toEqual([
      expect.objectContaining({ level: 40, unknown: '2_toys', msg: expect.stringContaining('a newer gateway') }),
    ])
  })

  test('gets the migrations that it lacks, even those older than its newest, as after a merge of two branches', async () => {
    const database = await databaseForTest({ empty: true })
    await migrateTo(database, { ...common, '3_ours': 'select 1' })
    expect(await migrateTo(database, { ...common, '2_theirs': 'select 1', '3_ours': 'select 1' })).toEqual(['2_theirs'])
  })

  test('is refused if its history has diverged from that of the project', async () => {
    const database = await databaseForTest({ empty: true })
    await migrateTo(database, { ...common, '2_theirs': 'select 1' })
    await expect(migrateTo(database, { ...common, '3_ours': 'select 1' })).rejects.toThrow(
      'it has 2_theirs, which this gateway does not know. It lacks 3_ours. Run the gateway that migrated it',
    )
  })

  test('is refused if another tool began a migration and did not finish it', async () => {
    const database = await databaseForTest({ empty: true })
    await migrateTo(database, common)
    await sql(database, 'update _prisma_migrations set finished_at = null')
    await expect(migrateTo(database, common)).rejects.toThrow('Another tool began the migration 1_init')

    await sql(database, 'update _prisma_migrations set rolled_back_at = now(); drop table pet')
    expect(await migrateTo(database, common)).toEqual(['1_init'])
  })
})

describe('a database that cannot be used', () => {
  test('is reported without its password if nothing listens at its address', async () => {
    const port = await closedPort()
    const error = await migrateTo(`postgresql://gateway:top-secret@127.0.0.1:${port}/bots`, {}).catch(
      (reason) => reason,
    )
    expect(error).toEqual(
      new UnusableDatabase(
        `Can't connect to PostgreSQL at 127.0.0.1:${port}, database "bots": connect ECONNREFUSED 127.0.0.1:${port}`,
      ),
    )
    expect(JSON.stringify(pino.stdSerializers.err(error))).not.toContain('top-secret')
  })

  test('is reported with each address of its host if none of them answers', async () => {
    const port = await closedPort()
    await expect(migrateTo(`postgresql://gateway@localhost:${port}/bots`, {})).rejects.toThrow(
      `localhost:${port}, database "bots": connect ECONNREFUSED`,
    )
  })

  test('is reported if it does not exist', async () => {
    const nowhere = Object.assign(new URL(inject('postgresUrl')), { pathname: '/nowhere' })
    await expect(migrateTo(nowhere.href, {})).rejects.toThrow(
      `Can't connect to PostgreSQL at ${nowhere.host}, database "nowhere": database "nowhere" does not exist`,
    )
  })

  test('is refused with its version if PostgreSQL is older than 15', async () => {
    const database = await databaseForTest({ empty: true })
    await sql(
      database,
      `create schema disguise;
       create function disguise.current_setting(name text) returns text language sql as $$
         select case name when 'server_version_num' then '140012' else '14.12' end
       $$;
       alter database ${nameOf(database)} set search_path = disguise, pg_catalog, public`,
    )
    await expect(migrateTo(database, {})).rejects.toThrow(
      `PostgreSQL 15 or newer is required; the server at ${new URL(database).host} is 14.12`,
    )
  })
})

describe('The migration engine of Prisma', () => {
  const migrations = { '1_init': 'create table pet (id int)', '2_toys': 'create table toy (id int)' }
  const filters = { externalTables: [], externalEnums: [] }
  const migrationsList: MigrationList = {
    baseDir: '/project/prisma/migrations',
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"' },
    shadowDbInitScript: '',
    migrationDirectories: Object.entries(migrations).map(([path, value]) => ({
      path,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value } },
    })),
  }

  test('agrees with the history that a gateway wrote', async () => {
    const database = await databaseForTest({ empty: true })
    await migrateTo(database, migrations)
    const [diagnosis, applied] = await withPrisma(database, async (prisma) => [
      await prisma.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters }),
      await prisma.applyMigrations({ migrationsList, filters }),
    ])
    expect(diagnosis).toMatchObject({ history: null, failedMigrationNames: [], editedMigrationNames: [] })
    expect(applied).toEqual({ appliedMigrationNames: [] })
  })

  test('writes a history that a gateway agrees with, in the same table', async () => {
    const [theirs, ours] = [await databaseForTest({ empty: true }), await databaseForTest({ empty: true })]
    await withPrisma(theirs, (prisma) => prisma.applyMigrations({ migrationsList, filters }))
    expect(await migrateTo(theirs, migrations)).toEqual([])

    await migrateTo(ours, migrations)
    const columns = `select attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid) as preset
      from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where attrelid = '_prisma_migrations'::regclass and attnum > 0 order by attnum`
    expect(await sql(ours, columns)).toEqual(await sql(theirs, columns))
    const rows = `select length(id), migration_name, checksum, logs, rolled_back_at, applied_steps_count
      from _prisma_migrations order by migration_name`
    expect(await sql(ours, rows)).toEqual(await sql(theirs, rows))
  })
})

describe('the difference between a database and schema.prisma', () => {
  const schema = `
    datasource db {
      provider = "postgresql"
    }
    model Pet {
      id    BigInt @id @default(dbgenerated("next_pet()"))
      name  String
      owner String
      toys  Toy[]
      @@index([owner, name])
    }
    model Toy {
      id    Int @id @default(autoincrement())
      petId BigInt
      pet   Pet @relation(fields: [petId], references: [id])
    }`

  const nextPet = `create function next_pet() returns bigint language sql as 'select 1::bigint'`

  test('is SQL that removes the difference, even if migrations are recorded', async () => {
    const database = await databaseForTest({ empty: true })
    const first = { '1_function': nextPet }
    await migrateTo(database, first)
    await migrateTo(database, { ...first, '2_tables': await diff(database, schema) })
    expect(await diff(database, schema)).toBe('')
  })

  test('leaves out what schema.prisma cannot express', async () => {
    const database = await databaseForTest({ empty: true })
    await sql(database, nextPet)
    await sql(database, await diff(database, schema))
    await sql(
      database,
      `create index on "Pet" (name) where owner is not null;
       create unique index on "Pet" (name) where owner is not null;
       create index on "Pet" (lower(name));
       alter table "Pet" add check (name <> '');
       alter table "Pet" add exclude (name with =);
       alter table "Pet" set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01);
       alter table "Pet" alter name set storage external, alter name set statistics 500;
       alter table "Toy" alter constraint "Toy_petId_fkey" deferrable;
       alter table "Pet" enable row level security;
       create sequence feed_position;
       create view pets as select id from "Pet";
       create domain word as text;
       create function watch() returns trigger language plpgsql as $$ begin return new; end; $$;
       create trigger watch before insert on "Pet" for each row execute function watch()`,
    )
    expect(await diff(database, schema)).toBe('')
  })

  test('is refused with the line number if schema.prisma is not valid', async () => {
    await expect(diff(await databaseForTest({ empty: true }), schema.replace('String', 'Strin'))).rejects.toThrow(
      /"Strin".*schema.prisma:7/s,
    )
  })
})

describe('npm run migration', () => {
  test('writes the next migration until there is nothing left to write', async () => {
    const project = await temporary()
    const model = (fields: string) =>
      `datasource db {\n provider = "postgresql"\n}\nmodel Pet {\n id Int @id\n${fields}}\n`
    await mkdir(join(project, 'prisma'))
    await writeFile(join(project, 'prisma/schema.prisma'), model(''))

    const first = await migration(project, 'Init')
    expect(first).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^prisma\/migrations\/\d{14}_init\/migration.sql\n$/),
    })
    expect(await readFile(join(project, first.stdout.trim()), 'utf8')).toContain('CREATE TABLE "Pet"')
    expect(await readFile(join(project, 'prisma/migrations/migration_lock.toml'), 'utf8')).toContain('"postgresql"')

    await writeFile(join(project, 'prisma/schema.prisma'), model(' name String?\n'))
    const second = await migration(project, 'add', 'the', 'name')
    expect(second.stdout).toMatch(/_add_the_name\/migration.sql\n$/)
    expect(await readFile(join(project, second.stdout.trim()), 'utf8')).toBe(
      '-- AlterTable\nALTER TABLE "Pet" ADD COLUMN     "name" TEXT;\n',
    )
    expect(await migration(project, 'more')).toMatchObject({
      exitCode: 0,
      stdout: 'schema.prisma and the migrations agree: there is nothing to write\n',
    })
  })

  test.for(['', '  ', '../escape', 'naïve'])('refuses the name "%s" and says how to use it', async (name) => {
    expect(await migration(await temporary(), name)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('npm run migration -- NAME'),
    })
  })
})

test('the migrations of the project create what its schema.prisma describes', async () => {
  const database = await databaseForTest({ empty: true })
  await migrate(database, { log: quiet })
  const schema = await readFile(resolve(import.meta.dirname, '../../prisma/schema.prisma'), 'utf8')
  expect(await diff(database, schema), 'run `npm run migration -- NAME` and commit what it writes').toBe('')
})

describe('the migrations of the project keep what an operator has built by hand beforehand', () => {
  const folder = resolve(import.meta.dirname, '../../prisma/migrations')
  const read = (name: string) => readFile(join(folder, name, 'migration.sql'), 'utf8')

  const indexesOf = async (database: string) => {
    const rows = await sql<{ index: string }>(
      database,
      `select oid || ' ' || relname as index from pg_class where relkind = 'i' and relnamespace = 'public'::regnamespace`,
    )
    return rows.map(({ index }) => index)
  }

  /** Migrates up to a migration, runs statements by hand, and then the others. @returns the indexes that are gone, or were built again */
  async function lostAfter(first: string, byHand: readonly string[]): Promise<string[]> {
    const database = await databaseForTest({ empty: true })
    const earlier = (await readdir(folder)).filter((name) => name < first)
    await migrateTo(
      database,
      Object.fromEntries(await Promise.all(earlier.map(async (name) => [name, await read(name)]))),
    )
    for (const statement of byHand) await sql(database, statement.replace('CREATE INDEX', 'CREATE INDEX CONCURRENTLY'))
    const before = await indexesOf(database)
    await migrate(database, { log: quiet })
    const after = new Set(await indexesOf(database))
    return before.filter((index) => !after.has(index))
  }

  const indexesIn = (text: string, tables: string) =>
    text.match(new RegExp(`^CREATE INDEX [^;]* ON "(${tables})"\\([^;]*;$`, 'gm')) ?? []

  test('for lists of bot agents and properties', async () => {
    const lists = '20261127023917_bot_agents_listed_by_name_update_and_group'
    const properties = '20261127030000_definitions_of_properties_removed'
    const [nameKey = ''] = /^DO .*?^\$\$;$/ms.exec(await read(lists)) ?? []
    const statements = indexesIn((await read(lists)) + (await read(properties)), 'bot_agent|property_value')
    expect(statements).toHaveLength(7)
    expect(await lostAfter(lists, [nameKey, ...statements])).toEqual([
      expect.stringContaining('property_value_by_target'),
    ])
  })

  test('for lists of chat events', async () => {
    const columns = '20261127060600_what_matching_looked_at'
    const [addColumns = ''] = /^ALTER TABLE "chat_event" [^;]*;$/m.exec(await read(columns)) ?? []
    const statements = indexesIn(await read('20261127060601_chat_events_listed'), 'chat_event')
    expect(statements).toHaveLength(3)
    expect(await lostAfter(columns, [addColumns, ...statements])).toEqual([])
  })
})

/** Migrates with a project that has these migrations, each with a name and SQL. */
async function migrateTo(database: string, migrations: Record<string, string>, log = quiet): Promise<string[]> {
  const directory = await temporary()
  for (const [name, text] of Object.entries(migrations)) {
    await mkdir(join(directory, name))
    await writeFile(join(directory, name, 'migration.sql'), text)
  }
  return migrate(database, { log, directory })
}

async function withPrisma<T>(connectionString: string, use: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  const pool = new pg.Pool({ connectionString })
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool))
  const datamodel = 'datasource db {\n  provider = "postgresql"\n}'
  try {
    return await use(await SchemaEngine.new({ datamodels: [['schema.prisma', datamodel]] }, () => {}, adapter))
  } finally {
    await pool.end()
  }
}

/** Cuts the connection that runs `statement`. Returns false while there is none. */
async function cut(database: string, statement: string): Promise<boolean> {
  const killed = await sql(
    database,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and state = 'active' and query like $1`,
    [`%${statement}%`],
  )
  return killed.length > 0
}

function nameOf(database: string): string {
  return new URL(database).pathname.slice(1)
}

async function temporary(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'migrations-test-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

function listen() {
  const written: string[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => written.push(line) })
  return { log, lines: (): Record<string, unknown>[] => written.map((line) => JSON.parse(line)) }
}

async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  return typeof address === 'object' && address ? address.port : 0
}

async function migration(cwd: string, ...words: string[]) {
  const command = resolve(import.meta.dirname, '../commands/migration-command.ts')
  const run = promisify(execFile)(process.execPath, [command, ...words], { cwd })
  const { stdout, stderr, code } = await run.then(
    (output) => ({ ...output, code: 0 }),
    (failed: { stdout: string; stderr: string; code: number }) => failed,
  )
  return { exitCode: code, stdout, stderr }
}

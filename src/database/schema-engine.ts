import {
  bindMigrationAwareSqlAdapterFactory,
  type ColumnType,
  ColumnTypeEnum,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlResultSet,
} from '@prisma/driver-adapter-utils'
import { SchemaEngine } from '@prisma/schema-engine-wasm'
import pg from 'pg'

/**
 * Compares the database with `schema`, the text of a schema.prisma. Changes nothing. What Prisma's schema language can't express is
 * neither compared nor dropped: see docs/decisions/migrations.md.
 * @returns SQL that takes the database to the schema; empty if they agree
 * @throws if the schema is not valid or the database can't be reached
 */
export async function diff(connectionString: string, schema: string): Promise<string> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    const engine = await SchemaEngine.new({ datamodels: undefined }, () => {}, catalogReader(client))
    const files = [{ path: 'schema.prisma', content: schema }]
    const { exitCode, stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '.' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: { externalTables: [], externalEnums: [] },
    })
    return exitCode === 0 ? '' : (stdout ?? '')
  } finally {
    await client.end()
  }
}

/**
 * What the engine needs to read a database. `PrismaPg` would be the obvious choice, but it can't read columns of the type "char", which
 * PostgreSQL's catalog uses for the type and the actions of a constraint.
 */
function catalogReader(client: pg.Client) {
  const identity = { provider: 'postgres', adapterName: 'catalog-reader' } as const
  const refuse = () => Promise.reject(new Error('the schema engine may only read'))
  const adapter = {
    ...identity,
    async queryRaw({ sql, args }: { sql: string; args: unknown[] }): Promise<SqlResultSet> {
      const { fields, rows } = await client.query<unknown[]>({ text: sql, values: args, rowMode: 'array' })
      return { columnNames: fields.map(({ name }) => name), columnTypes: fields.map(columnType), rows }
    },
    executeRaw: refuse,
    executeScript: refuse,
    startTransaction: refuse,
    dispose: async () => {},
  }
  const factory: SqlMigrationAwareDriverAdapterFactory = {
    ...identity,
    connect: async () => adapter,
    connectToShadowDb: refuse,
  }
  return bindMigrationAwareSqlAdapterFactory(factory)
}

const { builtins } = pg.types
const [name, textArray] = [19, 1009]

const columnTypes = new Map<number, ColumnType>([
  [builtins.BOOL, ColumnTypeEnum.Boolean],
  [builtins.CHAR, ColumnTypeEnum.Character],
  [builtins.INT2, ColumnTypeEnum.Int32],
  [builtins.INT4, ColumnTypeEnum.Int32],
  [builtins.INT8, ColumnTypeEnum.Int64],
  [builtins.OID, ColumnTypeEnum.Int64],
  [builtins.TEXT, ColumnTypeEnum.Text],
  [builtins.VARCHAR, ColumnTypeEnum.Text],
  [name, ColumnTypeEnum.Text],
  [textArray, ColumnTypeEnum.TextArray],
])

function columnType({ name, dataTypeID }: pg.FieldDef): ColumnType {
  const type = columnTypes.get(dataTypeID)
  if (type === undefined)
    throw new Error(`the schema engine reads ${name}, whose type ${dataTypeID} is not mapped here`)
  return type
}

// A panic inside the engine ends the process. Without this, the error would be a TypeError about a missing registry.
Object.assign(globalThis, {
  PRISMA_WASM_PANIC_REGISTRY: {
    set_message(reason: string) {
      throw new Error(`the schema engine panicked: ${reason}`)
    },
  },
})

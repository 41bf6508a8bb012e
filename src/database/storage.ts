import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { keyFile } from '../process/key-file.ts'
import { EVERY_MINUTE, type UpkeepTask } from '../process/upkeep.ts'
import { type Database, loadQueryCompiler, openDatabase } from './database.ts'
import { startEmbeddedServer } from './embedded/embedded-server.ts'
import { createEncryption, type Encryption } from './encryption.ts'
import { createEncryptionKeys, type EncryptedColumn } from './encryption-keys.ts'
import { migrate } from './migrations.ts'
import { openPool } from './pool.ts'
import { createReader, type Reader } from './reader.ts'

export interface StorageSettings {
  /** Absolute path of the folder for the embedded PostgreSQL and the development keys. */
  readonly dataDir: string
  /** `undefined`: the gateway starts its own PostgreSQL in `dataDir`. */
  readonly databaseUrl: string | undefined
  /** 32 bytes; `undefined`: a key is generated and kept in `dataDir`. */
  readonly encryptionKey: Buffer | undefined
  /** Other keys that decrypt secrets: former ones, and the next one. */
  readonly acceptedEncryptionKeys: readonly Buffer[]
}

/** The migrated database, and the keys for the secrets in it. */
export interface Storage {
  readonly connectionString: string
  readonly database: Database
  readonly reader: Reader
  readonly encryption: Encryption
  readonly upkeep: readonly UpkeepTask[]
}

/** @throws if the database can't be reached or migrated, or contains secrets that none of the keys decrypts */
export async function openStorage(
  settings: StorageSettings,
  options: { parts: AsyncDisposableStack; encryptedColumns: readonly EncryptedColumn[]; log: Logger },
): Promise<Storage> {
  const { parts, encryptedColumns, log } = options
  const { dataDir, databaseUrl, acceptedEncryptionKeys } = settings
  const connectionString = databaseUrl ?? (await openEmbedded(dataDir, parts, log))
  const pool = openPool(connectionString, { log })
  const database = openDatabase(pool, { log })
  parts.defer(() => database.$disconnect())
  // Prisma takes a tenth of a second to get ready. It makes no connection yet.
  await Promise.all([migrate(connectionString, { log }), database.$connect()])

  const encryption = createEncryption(settings.encryptionKey ?? (await developmentKey(dataDir)), acceptedEncryptionKeys)
  const keys = createEncryptionKeys({ database, encryption, encryptedColumns, log })
  await keys.checkKnown()
  const rotation = { what: 'encrypting secrets with the current key', everyMs: EVERY_MINUTE, run: keys.rotate }
  return { connectionString, database, reader: createReader(pool, { log }), encryption, upkeep: [rotation] }
}

async function openEmbedded(dataDir: string, parts: AsyncDisposableStack, log: Logger): Promise<string> {
  const server = await startEmbeddedServer({ dataDir, log, meanwhile: loadQueryCompiler })
  parts.defer(() => server.stop())
  return server.connectionString
}

async function developmentKey(dataDir: string): Promise<Buffer> {
  return Buffer.from(await keyFile(join(dataDir, 'encryption-key'), () => randomBytes(32).toString('hex')), 'hex')
}

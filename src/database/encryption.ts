import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, randomBytes } from 'node:crypto'

/** The older format, which does not name its key: any of the keys may be the right one. */
const UNNAMED = 1
const NAMED = 2
const KEY_ID = 8
const NONCE = 12
const TAG = 16

/**
 * Encrypts secrets at rest, and derives keyed hashes and further keys. One of its keys is the current one: everything new is made with
 * it. The other keys only decrypt and recognise what was made with them.
 */
export interface Encryption {
  /** A fingerprint of each key in hex, the current key's first. It reveals nothing about the key. */
  readonly keyIds: readonly [current: string, ...others: string[]]
  /** The first bytes of everything that `encrypt` makes. */
  readonly currentPrefix: Buffer<ArrayBuffer>
  /** AES-256-GCM. `owner` is the id of what the secret belongs to: the result can't be decrypted with another id. */
  encrypt(plain: string, owner: string): Buffer<ArrayBuffer>
  /** @throws if the bytes were not made by `encrypt` with one of the keys and `owner` */
  decrypt(sealed: Uint8Array, owner: string): string
  /** @returns the id of the key that decrypts it; `undefined` if none does */
  keyIdOf(sealed: Uint8Array, owner: string): string | undefined
  /** HMAC-SHA256: recognises equal values without storing them. */
  hash(value: string): Buffer<ArrayBuffer>
  /** The hash with each of the keys, the current key's first: a hash that was stored earlier may be any of them. */
  hashes(value: string): readonly Buffer<ArrayBuffer>[]
  /** A key for another use, the same for all gateways with this `ENCRYPTION_KEY`. `length` in bytes. */
  derive(purpose: string, length: number): Buffer<ArrayBuffer>
  /** The same for each of the keys, the current one first. */
  derivations(purpose: string, length: number): readonly Buffer<ArrayBuffer>[]
}

/**
 * @param current 32 bytes
 * @param accepted other keys of 32 bytes: former ones and the next one
 */
export function createEncryption(current: Buffer, accepted: readonly Buffer[] = []): Encryption {
  const key = derivedFrom(current)
  const keys = [key, ...accepted.map(derivedFrom).filter(({ id }) => !id.equals(key.id))]
  const currentPrefix = Buffer.concat([Buffer.of(NAMED), key.id])
  const [currentId, ...otherIds] = keys.map(({ id }) => id.toString('hex'))

  return {
    keyIds: [currentId as string, ...otherIds],
    currentPrefix,

    encrypt(plain, owner) {
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv('aes-256-gcm', key.sealing, nonce).setAAD(Buffer.from(owner))
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return Buffer.concat([currentPrefix, nonce, cipher.getAuthTag(), sealed])
    },

    decrypt(sealed, owner) {
      const { candidates, box, name } = parse(sealed, keys)
      const opened = firstThatOpens(candidates, box, owner)
      if (opened) return opened.plain
      throw new Error(`A secret of ${owner} cannot be decrypted: it was encrypted with another key, ${name}`)
    },

    keyIdOf(sealed, owner) {
      const { candidates, box } = parse(sealed, keys)
      return firstThatOpens(candidates, box, owner)?.id.toString('hex')
    },

    hash: (value) => keyedHash(key, value),
    hashes: (value) => keys.map((key) => keyedHash(key, value)),
    derive: (purpose, length) => key.derive(purpose, length),
    derivations: (purpose, length) => keys.map(({ derive }) => derive(purpose, length)),
  }
}

type Key = ReturnType<typeof derivedFrom>

function derivedFrom(key: Buffer) {
  const derive = (purpose: string, length: number) =>
    Buffer.from(hkdfSync('sha256', key, '', `bot-agent-gateway ${purpose}`, length))
  return {
    derive,
    id: derive('key id', KEY_ID),
    sealing: derive('secrets at rest', 32),
    hashing: createSecretKey(derive('keyed hash', 32)),
  }
}

function keyedHash({ hashing }: Key, value: string): Buffer<ArrayBuffer> {
  return createHmac('sha256', hashing).update(value).digest()
}

/** @returns the keys that may decrypt it, and the bytes to decrypt */
function parse(sealed: Uint8Array, keys: readonly Key[]) {
  const bytes = Buffer.from(sealed)
  if (bytes[0] === UNNAMED) return { candidates: keys, box: bytes.subarray(1), name: 'which it does not name' }
  if (bytes[0] !== NAMED) throw new Error(`A secret has the unknown format ${bytes[0]}`)
  const id = bytes.subarray(1, 1 + KEY_ID)
  return {
    candidates: keys.filter((key) => key.id.equals(id)),
    box: bytes.subarray(1 + KEY_ID),
    name: id.toString('hex'),
  }
}

function firstThatOpens(candidates: readonly Key[], box: Buffer, owner: string) {
  const [nonce, tag] = [box.subarray(0, NONCE), box.subarray(NONCE, NONCE + TAG)]
  for (const { id, sealing } of candidates) {
    const decipher = createDecipheriv('aes-256-gcm', sealing, nonce, { authTagLength: TAG })
      .setAAD(Buffer.from(owner))
      .setAuthTag(tag)
    const opened = decipher.update(box.subarray(NONCE + TAG), undefined, 'utf8')
    try {
      return { id, plain: opened + decipher.final('utf8') }
    } catch {
      // The tag does not match: encrypted with another key, or for another owner.
    }
  }
  return undefined
}

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** Of before secrets named their key: any of the keys may open it. */
const UNNAMED = 1
const NAMED = 2
const KEY_ID = 8
const NONCE = 12
const TAG = 16

/**
 * Keeps secrets at rest, and derives what must be keyed but not reversible. Of its keys one is present: it makes all that is new.
 * The others only open and recognise what they have made.
 */
export interface Encryption {
  /** What tells the keys apart, in hex, the present one first. Nothing of a key can be learnt from it. */
  readonly keyIds: readonly [present: string, ...others: string[]]
  /** How everything begins that `encrypt` makes now. */
  readonly presentPrefix: Buffer<ArrayBuffer>
  /** AES-256-GCM. `owner` is the id of what the secret belongs to: the result can't be opened under another id. */
  encrypt(plain: string, owner: string): Buffer<ArrayBuffer>
  /** @throws if the bytes were not made by `encrypt` with one of the keys and `owner`. */
  decrypt(sealed: Uint8Array, owner: string): string
  /** The id of the key that opens it; `undefined` if none does. */
  keyIdOf(sealed: Uint8Array, owner: string): string | undefined
  /** HMAC-SHA256: tells equal values apart from others without keeping them. */
  hash(value: string): Buffer<ArrayBuffer>
  /** The hash under each of the keys, the present one first: what was kept earlier may be any of them. */
  hashes(value: string): readonly Buffer<ArrayBuffer>[]
  /** A key for another use, the same for all gateways with this `ENCRYPTION_KEY`. `length` in bytes. */
  derive(purpose: string, length: number): Buffer<ArrayBuffer>
  /** The same of each of the keys, the present one first. */
  derivations(purpose: string, length: number): readonly Buffer<ArrayBuffer>[]
}

/**
 * @param present 32 bytes
 * @param accepted other keys of 32 bytes, former ones and the next one
 */
export function createEncryption(present: Buffer, accepted: readonly Buffer[] = []): Encryption {
  const key = derivedFrom(present)
  const keys = [key, ...accepted.map(derivedFrom).filter(({ id }) => !id.equals(key.id))]
  const presentPrefix = Buffer.concat([Buffer.of(NAMED), key.id])
  const [presentId, ...otherIds] = keys.map(({ id }) => id.toString('hex'))

  return {
    keyIds: [presentId as string, ...otherIds],
    presentPrefix,

    encrypt(plain, owner) {
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv('aes-256-gcm', key.sealing, nonce).setAAD(Buffer.from(owner))
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return Buffer.concat([presentPrefix, nonce, cipher.getAuthTag(), sealed])
    },

    decrypt(sealed, owner) {
      const { candidates, box, name } = parse(sealed, keys)
      const opened = firstThatOpens(candidates, box, owner)
      if (opened) return opened.plain
      throw new Error(`A secret of ${owner} does not open: it was made with another encryption key, ${name}`)
    },

    keyIdOf(sealed, owner) {
      const { candidates, box } = parse(sealed, keys)
      return firstThatOpens(candidates, box, owner)?.id.toString('hex')
    },

    hash: (value) => keyedHash(key, value),
    hashes: (value) => keys.map((of) => keyedHash(of, value)),
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
    hashing: derive('keyed hash', 32),
  }
}

function keyedHash({ hashing }: Key, value: string): Buffer<ArrayBuffer> {
  return createHmac('sha256', hashing).update(value).digest()
}

/** The keys that may open it, and what is to be opened. */
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
      // The tag does not fit: made with another key, or for another owner.
    }
  }
  return undefined
}

import { z } from 'zod'

/** Returns what `z.encode` returns for a valid value, and also what has the name `__proto__`, which zod leaves out of records. */
export type Encode = (value: unknown) => unknown

const asItIs: Encode = (value) => value

/**
 * Encodes what the gateway itself has made. `z.encode` would check it before and after: docs/decisions/speed.md.
 * @param type a type of zod
 * @throws for a kind of type that it does not know
 */
export function encoder(type: unknown): Encode {
  if (type instanceof z.ZodOptional || type instanceof z.ZodNullable) return ofOptional(encoder(type.unwrap()))
  if (type instanceof z.ZodArray) return ofArray(encoder(type.element))
  if (type instanceof z.ZodRecord) return ofRecord(encoder(type.valueType))
  if (type instanceof z.ZodCodec) return ofCodec(type)
  const isLeaf = type instanceof z.ZodUnion ? type.options.every(isOneLeaf) : isOneLeaf(type)
  if (!isLeaf) throw new Error('A kind of type that the encoder does not know')
  return asItIs
}

function isOneLeaf(type: unknown): boolean {
  return [z.ZodString, z.ZodNumber, z.ZodBoolean, z.ZodEnum].some((kind) => type instanceof kind)
}

function ofOptional(encode: Encode): Encode {
  return encode === asItIs ? encode : (value) => (value === null || value === undefined ? value : encode(value))
}

function ofArray(encode: Encode): Encode {
  return encode === asItIs ? encode : (values) => (values as unknown[]).map(encode)
}

function ofRecord(encode: Encode): Encode {
  return (values) => Object.fromEntries(Object.entries(values as object).map(([name, value]) => [name, encode(value)]))
}

/** Puts the encoded fields into the object itself, which a codec has made. */
function ofObject(shape: Readonly<Record<string, unknown>>): Encode {
  const fields = Object.entries(shape)
    .map(([name, type]) => ({ name, encode: encoder(type) }))
    .filter(({ encode }) => encode !== asItIs)
  return (made) => {
    const object = made as Record<string, unknown>
    for (const { name, encode } of fields) if (name in object) object[name] = encode(object[name])
    return object
  }
}

function ofCodec({ in: onTheWire, def: { reverseTransform } }: z.ZodCodec): Encode {
  const encode = onTheWire instanceof z.ZodObject ? ofObject(onTheWire.shape) : encoder(onTheWire)
  return (value) => encode(reverseTransform(value, { value, issues: [] }))
}

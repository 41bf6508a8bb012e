/** The parts of an introspection that the page reads. */
interface Introspected {
  data?: {
    __schema?: {
      subscriptionType?: { name: string } | null
      types?: { name: string; fields?: { name: string; args: { name: string }[] }[] | null }[]
    }
  } | null
}

/** What the page knows of the schema, from the introspection that GraphiQL makes. */
export class SchemaFacts {
  #resumable: ReadonlySet<string> | undefined

  learn({ data }: Introspected): void {
    const { subscriptionType, types } = data?.__schema ?? {}
    const fields = types?.find(({ name }) => name === subscriptionType?.name)?.fields
    if (!fields) return
    this.#resumable = new Set(
      fields.filter(({ args }) => args.some(({ name }) => name === 'after')).map(({ name }) => name),
    )
  }

  /** @returns whether this field of a subscription takes `after`; true if the schema can't be introspected, as all of them do */
  takesAfter(field: string): boolean {
    return this.#resumable?.has(field) ?? true
  }
}

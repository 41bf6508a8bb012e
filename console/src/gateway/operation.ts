/** A GraphQL operation as text. It knows the types of its variables and its result. */
export interface Operation<Data, Variables> {
  readonly text: string
  /** Never there: it only carries the types. */
  readonly types?: (variables: Variables) => Data
}

export function operation<Data, Variables>(text: string): Operation<Data, Variables> {
  return { text }
}

/** The same work, done once a second at most, however many ask for it. */
export function forASecond<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let known: { readonly result: Promise<Result>; readonly until: number } | undefined
  return () => {
    if (!known || known.until <= performance.now()) known = { result: work(), until: performance.now() + 1_000 }
    return known.result
  }
}

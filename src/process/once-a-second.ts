/** @returns a function that does the work at most once a second, and shares the result between its callers */
export function onceASecond<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let known: { readonly result: Promise<Result>; readonly until: number } | undefined
  return () => {
    if (!known || known.until <= performance.now()) known = { result: work(), until: performance.now() + 1_000 }
    return known.result
  }
}

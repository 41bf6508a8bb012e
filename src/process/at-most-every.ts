/** @returns a function that does the work at most once in this time, and shares the result between its callers */
export function atMostEvery<Result>(milliseconds: number, work: () => Promise<Result>): () => Promise<Result> {
  let known: { readonly result: Promise<Result>; readonly until: number } | undefined
  return () => {
    if (!known || known.until <= performance.now()) known = { result: work(), until: performance.now() + milliseconds }
    return known.result
  }
}
